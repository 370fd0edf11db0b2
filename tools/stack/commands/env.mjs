// npm run env: the variables of the stack of this PORT and OURVIDZ_DIR, as KEY=value lines.

import { commandLine } from '../processes/programs.mjs';
import { formatEnvironment, stackEnvironment } from '../settings/environment.mjs';
import { openStack } from '../settings/open-stack.mjs';

await commandLine(() => {
  const { keys, ports } = openStack();
  process.stdout.write(formatEnvironment(stackEnvironment(keys, ports)));
});
