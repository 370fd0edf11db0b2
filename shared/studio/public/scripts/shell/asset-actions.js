// What can be done with a picture or a video, wherever it is shown.

import { notice } from '../base/announce.js';
import { readAsset, saveAsset, saveAssets } from '../base/download.js';
import { count } from '../base/format.js';
import { fileName, isReady } from '../state/asset.js';
import { isActive, jobFrom } from '../state/job.js';
import { texts } from '../texts/shell.js';
import { attempt } from './attempt.js';

/** `compose(fill)` shows the form and calls `fill(form)`; `deleted` is what `deletions` gives. */
export function assetActions({ client, jobs, library, tags, keeper, deleted, compose }) {
  const jobOf = async ({ jobId }) => jobs.get(jobId) ?? jobFrom(await client.getJob(jobId));

  const remove = (assets) => {
    const ready = assets.filter(isReady);
    if (ready.some(({ jobId }) => isBusy(jobs.get(jobId)))) {
      notice(texts.stillRunning);
      return;
    }
    deleted.remove(ready);
  };

  const copy = async (what, text) => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    notice(copied ? texts.copied(what) : texts.copyNotAllowed);
  };

  return {
    remove,
    save: async (asset) => {
      const saved = !asset.saved;
      if (await keeper.change(asset, { saved })) notice(saved ? texts.saved : texts.removed);
    },
    /** Saves those that are not saved, with one word for all. */
    async saveAll(assets) {
      const wanted = assets.filter(({ saved }) => !saved);
      const taken = await Promise.all(wanted.map((asset) => keeper.change(asset, { saved: true })));
      const number = taken.filter(Boolean).length;
      if (number > 0) notice(texts.savedMany(count(number)));
    },
    prefer: (asset) => keeper.change(asset, { preferred: !asset.preferred }),
    /** Asks which tags they are to have. */
    tag: attempt(async (assets) => {
      const { showTags } = await import('../library/tags-sheet.js');
      showTags(assets, {
        known: tags.all,
        change: (asset, body) => keeper.retag(asset, body),
        closed: attempt(() => tags.load()),
      });
    }),
    rename: (asset, title) => keeper.change(asset, { title }),
    download: attempt(saveAsset),
    /** One file, whatever the number; a batch is named after its job. */
    downloadAll: attempt((assets) => {
      const ready = assets.filter(isReady);
      const [{ jobId }] = ready;
      const isBatch = ready.every((asset) => asset.jobId === jobId);
      return saveAssets(ready, isBatch ? `ourvidz-${jobId.slice(0, 8)}` : `ourvidz-${ready.length}`);
    }),
    copySeed: (seed) => copy(texts.seed(seed), String(seed)),
    copy,
    promptOf: async (asset) => (await jobOf(asset)).prompt,
    /** The settings that make one like it: another seed, which is chosen when it is ordered. */
    vary: attempt(async (asset) => {
      const job = await jobOf(asset);
      compose((form) => form.reuse({ ...job, seed: null, numImages: 1 }));
    }),
    /** The settings that make exactly this one again. */
    reuse: attempt(async (asset) => {
      const job = await jobOf(asset);
      compose((form) => form.reuse({ ...job, seed: asset.seed ?? job.seed, numImages: 1 }));
    }),
    reference: attempt(async (asset) => {
      const picture = await readAsset(asset);
      const file = new File([picture], fileName(asset), { type: picture.type });
      compose((form) => form.addReference(file));
    }),
    /** The same asset with URLs that are valid again. */
    async reload(asset) {
      const known = jobs.get(asset.jobId);
      if (known) await jobs.reload(asset.jobId);
      const job = known ? jobs.get(asset.jobId) : await jobOf(asset);
      const fresh = job.assets.find(({ id }) => id === asset.id);
      if (!fresh) throw new Error('it is gone');
      library.replace(fresh);
      return fresh;
    },
    /** The finished results of a job as a list for the viewer, which goes along with changes. */
    resultsOf: ({ id }) => ({
      get items() {
        return jobs.get(id)?.assets.filter(isReady) ?? [];
      },
      addEventListener: (name, listener) => jobs.addEventListener(name, listener),
      removeEventListener: (name, listener) => jobs.removeEventListener(name, listener),
    }),
  };
}

function isBusy(job) {
  return job !== undefined && isActive(job);
}
