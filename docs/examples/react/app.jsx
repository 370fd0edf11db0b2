import { useState } from 'react';
import { useJob } from './use-job.js';

export function App({ client }) {
  const [prompt, setPrompt] = useState('a red fox in snow');
  const { job, error, isOrdering, order, cancel } = useJob(client);
  const isRunning = job?.status === 'queued' || job?.status === 'processing';

  const submit = (event) => {
    event.preventDefault();
    order({ jobType: 'sdxl_image_fast', metadata: { prompt, num_images: 3 } });
  };

  return (
    <main>
      <form onSubmit={submit}>
        <label>
          Prompt <input value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        </label>
        <button type="submit" disabled={isOrdering || isRunning}>
          Order three
        </button>
        {isRunning && (
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </form>
      {error && (
        <p role="alert">
          {error.message} {error.suggestedAction}
        </p>
      )}
      {job && (
        <p role="status">
          {job.status}
          {job.waitingFor && `, waits for ${job.waitingFor}`}
        </p>
      )}
      {isRunning && <progress max="100" value={job.progress} aria-label="Progress" />}
      {job?.assets
        .filter(({ url }) => url)
        .map(({ id, url }, index) => (
          <img key={id} src={url} alt={`Result ${index + 1}`} />
        ))}
    </main>
  );
}
