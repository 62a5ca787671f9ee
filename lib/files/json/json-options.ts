import { flag, type OptionChecks } from '../../values/options.ts';
import { type DepthLimit, depthLimit, type ReadingLimits } from '../limits.ts';

/** What a source says of its files of JSON, of whatever kind. */
export interface JsonOptions extends ReadingLimits, DepthLimit {
  /** JSON and NDJSON: whether `NaN`, `Infinity` and `-Infinity`, as Python writes them, are numbers. Default false. */
  readonly allowNonNumericNumbers?: boolean;
}

/** What a source says of its JSON and NDJSON. */
export interface RecordJsonOptions extends JsonOptions {
  /** JSON and NDJSON: whether values are MongoDB's extended JSON, `{"$oid": "…"}`, relaxed or canonical. Default false. */
  readonly extendedJson?: boolean;
}

export const jsonOptions: OptionChecks<Omit<JsonOptions, keyof ReadingLimits>> = {
  ...depthLimit,
  allowNonNumericNumbers: flag,
};

export const recordJsonOptions: OptionChecks<Omit<RecordJsonOptions, keyof ReadingLimits>> = {
  ...jsonOptions,
  extendedJson: flag,
};
