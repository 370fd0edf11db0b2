// What every entry of the package offers, besides the loaders that each runtime has of its own.

export { Client } from './client.js';
export { OurVidzError } from './errors.js';
export { Pages } from './pages.js';
export { AllWatch } from './watch-all.js';
export { isFinished, JobWatch } from './watch-job.js';
