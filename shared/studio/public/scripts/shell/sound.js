// Two soft tones when a job has ended, for those who have asked for it.

const STORED_AS = 'ourvidz.sound';
const TONES = [659.26, 880];
const TONE_S = 0.18;
const LOUDNESS = 0.08;

/** Whether it was asked for. */
export function isSoundOn() {
  try {
    return localStorage.getItem(STORED_AS) === 'on';
  } catch {
    return false;
  }
}

/** Turns it on, and lets it be heard once, or off. */
export function setSound(isOn) {
  try {
    if (isOn) localStorage.setItem(STORED_AS, 'on');
    else localStorage.removeItem(STORED_AS);
  } catch {
    return;
  }
  if (isOn) play();
}

/** For the end of a job, in one of all tabs that hear of it. */
export function soundFor(jobId) {
  if (!isSoundOn()) return;
  if (!navigator.locks) play();
  else navigator.locks.request(`${STORED_AS}.${jobId}`, { ifAvailable: true }, (lock) => lock && play());
}

/** Resolves when it is over. */
async function play() {
  const context = new AudioContext();
  TONES.forEach((frequency, place) => {
    const at = context.currentTime + place * TONE_S;
    const loudness = context.createGain();
    loudness.gain.setValueAtTime(LOUDNESS, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 2 * TONE_S);
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 2 * TONE_S);
  });
  await new Promise((resolve) => setTimeout(resolve, 4 * TONE_S * 1000));
  await context.close();
}
