import assert from 'node:assert/strict';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure, FailureCode } from '../../preload/contract/failure.ts';

/** The failure that `work` ends with; the test fails when it ends well, or with another code. */
export async function failing(code: FailureCode, work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    assert.equal(thrown.failure.code, code, thrown.failure.says);
    return thrown.failure;
  }
  return assert.fail(`expected the failure ${code}, but it went well`);
}
