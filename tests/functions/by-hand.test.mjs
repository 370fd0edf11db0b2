// The walk of docs/BY-HAND.md, in a stack where nobody has ordered or worked before, as its reader's is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInStack } from '../journeys/nested-stack.mjs';

test('the walk can be walked', async () => {
  assert.equal(await runInStack({}, 'tests/functions/by-hand.mjs'), 0);
});
