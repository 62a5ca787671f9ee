import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeBackfill, acknowledgeObjectAccess } from './acknowledge.ts';
import { BACKFILL_PREFIX, backfillDefinition } from './backfill-definition.ts';

export interface BackfillProps {
  readonly bucket: IBucket;
  readonly sync: IFunction;
  readonly maxConcurrency: number;
  readonly logGroup: ILogGroup;
}

/**
 * A state machine that has every object looked at, or those of a prefix or an inventory, however many there are: a Distributed Map over the
 * listing, whose batches the sync function works on. Another state machine starts it and waits with `startExecution.sync:2`.
 */
export class Backfill extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { bucket, sync, maxConcurrency, logGroup }: BackfillProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    const definition = backfillDefinition({
      partition: stack.partition,
      bucketName: bucket.bucketName,
      functionArn: sync.functionArn,
      maxConcurrency,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      comment: 'graphdrop: has objects looked at, however many',
      definitionBody: DefinitionBody.fromString(stack.toJsonString(definition)),
      role,
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const results = bucket.arnForObjects(`${BACKFILL_PREFIX}/*`);
    const statements: [actions: string[], resource: string][] = [
      [['lambda:InvokeFunction'], sync.functionArn],
      [['s3:ListBucket'], bucket.bucketArn],
      // As the result writer of a Distributed Map needs them.
      [['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'], results],
    ];
    for (const [actions, resource] of statements)
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledgeBackfill(role, this.#grantItself(role), this.stateMachine);
    acknowledgeObjectAccess(role, bucket, `${BACKFILL_PREFIX}/*`);
  }

  /** A Distributed Map starts executions of its own machine. In a policy apart, for the machine itself waits for the role's. */
  #grantItself(role: Role): Policy {
    const { stateMachineArn, stateMachineName } = this.stateMachine;
    const stack = Stack.of(this);
    const runs = (resource: string, rest: string) =>
      stack.formatArn({
        service: 'states',
        resource,
        resourceName: `${stateMachineName}${rest}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    return new Policy(this, 'MapPolicy', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
          resources: [runs('execution', ':*'), runs('execution', '/*')],
        }),
        new PolicyStatement({ actions: ['states:DescribeMapRun'], resources: [runs('mapRun', '/*')] }),
      ],
    });
  }
}
