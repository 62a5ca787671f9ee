/** Has each property stop after a moment, and without looking for the smallest counterexample: mutants are many. */
import fc from 'fast-check';

fc.configureGlobal({ interruptAfterTimeLimit: 500, markInterruptAsFailure: false, endOnFailure: true });
