// The projects of the person, newest first. There are a thousand at most, so all of them are kept.

import { texts } from '../texts/shared.js';

const PAGE = 100;

/** Emits `changed`. */
export class Projects extends EventTarget {
  #client;
  all = [];

  constructor(client) {
    super();
    this.#client = client;
  }

  async load() {
    const all = [];
    for await (const project of this.#client.projects.list({ limit: PAGE })) all.push(project);
    this.#set(all);
  }

  get(id) {
    return this.all.find((project) => project.id === id);
  }

  /** Makes one that starts with `prompt`, where there is one already. */
  async create(title, prompt) {
    const project = await this.#client.projects.create({ title, ...(prompt ? { original_prompt: prompt } : {}) });
    this.#set([project, ...this.all]);
    return project;
  }

  async rename(id, title) {
    const changed = await this.#client.projects.update(id, { title });
    this.#set(this.all.map((project) => (project.id === id ? changed : project)));
  }

  #set(all) {
    this.all = all;
    this.dispatchEvent(new Event('changed'));
  }
}

/** What a project is called. */
export function nameOf({ title, original_prompt: prompt }) {
  return title ?? prompt ?? texts.untitled;
}

/** The prompt that orders of a project start from. */
export function startOf(project) {
  return project?.enhanced_prompt ?? project?.original_prompt ?? '';
}
