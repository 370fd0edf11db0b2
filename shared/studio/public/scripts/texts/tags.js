// What is said where tags are put on and taken off.

export const texts = {
  tags: 'Tags',
  tagsOf: (count) => `Tags of ${count} items`,
  none: 'No tag yet.',
  addOne: 'Add a tag',
  add: 'Add',
  done: 'Done',
  takeOff: (tag) => `Take ${tag} off`,
  onSome: (count) => `on ${count}`,
  isOn: (tag) => `${tag} is on.`,
  isOff: (tag) => `${tag} is off.`,
};
