// Carrying out what somebody asked for, and saying so when it did not work.

import { notice } from '../base/announce.js';
import { explain } from '../net/problem.js';

/** Makes of `work` a function that never rejects. */
export function attempt(work) {
  return async (...what) => {
    try {
      return await work(...what);
    } catch (problem) {
      sayProblem(problem);
      return undefined;
    }
  };
}

/** Says what went wrong and what to do. */
export function sayProblem(problem) {
  const { what, action } = explain(problem);
  notice([what, action].filter(Boolean).join(' '));
}
