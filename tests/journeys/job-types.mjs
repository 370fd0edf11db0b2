// Every job type, as the API describes them.

import fs from 'node:fs';
import path from 'node:path';

const API = path.resolve(import.meta.dirname, '../../docs/openapi.json');

export const JOB_TYPES = JSON.parse(fs.readFileSync(API, 'utf8')).components.schemas.JobType.oneOf.map(
  ({ const: name }) => name,
);
