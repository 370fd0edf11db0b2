// The types of what goes into the client and comes out of it. What the edge takes and answers is in api.d.ts.

import type * as api from './api.js';
import type { OurVidzError } from './errors.js';

export type * from './api.js';
export type { BatchInfo, JobTypeInfo, NegativePrompt, Problem } from './ourvidz_client.js';
export type { PromptTokens } from './ourvidz_client_tokens.js';

/** The rules for pages. */
export type Rules = typeof import('./ourvidz_client.js');
/** Counts tokens. */
export type Tokens = typeof import('./ourvidz_client_tokens.js');

/** The edge's codes, and what can go wrong without an answer of the edge. */
export type ErrorCode = api.Code | 'network' | 'invalid_answer' | 'token_failed' | 'upload_failed';

export interface ErrorFields {
  code: ErrorCode;
  message: string;
  status?: number;
  retryable?: boolean;
  suggestedAction?: string;
  details?: Record<string, unknown>;
  requestId?: string;
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** What `createClient` takes. */
export interface UserOptions {
  /** Where the service is. On a page that it serves itself, nothing need be said. */
  baseUrl?: string;
  /**
   * An access token that is valid for a while. Called before each request. `refused` is one that the edge has just
   * refused: give another one. What it throws with `retryable: false` ends a watch; anything else is tried again.
   */
  token?: (hint: {
    refused?: string;
    signal?: AbortSignal;
  }) => string | null | undefined | Promise<string | null | undefined>;
  /** Instead of the runtime's own. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Sent with every request to the service. */
  headers?: Record<string, string>;
  /** Milliseconds that one request may take; 20,000. Streams are not limited by it. */
  timeoutMs?: number;
  /** How often a request is tried at most; 4. */
  tries?: number;
  /** Milliseconds; when the edge asks to wait for longer, the error is thrown instead. 10,000. */
  maxRetryDelayMs?: number;
  /**
   * Where keys of orders are kept whose outcome is unknown: `sessionStorage`, or anything like it. Without it they
   * are kept as long as the client. `localStorage` shares them between tabs, where the same order twice is one order.
   */
  keyStore?: KeyStore;
  /** For tests and unusual browsers: what tabs share. `null` makes each tab listen for itself. */
  tabs?: Tabs | null;
  /** For tests: how the client waits. */
  timing?: Partial<Timing>;
}

export interface ClientOptions extends UserOptions {
  loadRules: () => Promise<Rules>;
  loadTokens: () => Promise<Tokens>;
}

export interface Timing {
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 0 to 1. */
  random(): number;
}

/** A part of `Storage`; may be asynchronous. */
export interface KeyStore {
  getItem(name: string): string | null | Promise<string | null>;
  setItem(name: string, value: string): void | Promise<void>;
  removeItem(name: string): void | Promise<void>;
}

/** What tabs of a browser share. */
export interface Tabs {
  locks: LockManager;
  open(name: string): Channel;
  isVisible(): boolean;
}

/** A part of `BroadcastChannel`. */
export interface Channel {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

export interface CallOptions {
  signal?: AbortSignal;
}

/** What can be ordered. To ask for the price only, see `estimate`. */
export type Order = Omit<api.SubmitRequest, 'dryRun'>;

export interface CreateOptions extends CallOptions {
  /** A key of your own: the same key with the same order is the same job, for ever. */
  idempotencyKey?: string;
  /** Whether to ask the rules before sending; true. */
  validate?: boolean;
  /** 1 to 60: the answer comes when the job has ended, or after so many seconds. */
  waitSeconds?: number;
}

export type CreatedJob = api.SubmitReply & {
  /** What the order was sent with. */
  idempotencyKey: string;
  /** Whether the job was ordered before, by an answer that got lost. */
  replayed: boolean;
};

/** `live`: events arrive. `polling`: the state is looked at. `offline`: neither works at the moment. */
export type Connection = 'live' | 'polling' | 'offline';

/** Something that happened to a job. */
export interface JobEvent {
  id: string;
  kind: 'queued' | 'processing' | 'progress' | 'asset' | 'requeued' | 'completed' | 'failed' | 'canceled';
  jobId: string;
  /** Its place in the job, from 1. */
  seq: number;
  /** RFC 3339. */
  at: string;
  data: Record<string, unknown>;
}

export interface JobUpdate {
  /** The job as it is now. */
  job: api.JobReply;
  /**
   * What was heard since the last update; empty where the state was looked at. The state may be ahead of the events:
   * a job that has ended is told at once, also when the stream has not come to its end yet.
   */
  events: JobEvent[];
  /**
   * What pictures look like while they are made, by their index: JPEGs as `data:` URLs, where the watch asked for them.
   * One is gone as soon as its picture is there.
   */
  stepPreviews?: Record<number, string>;
}

/** What a picture looks like after some step. */
export interface StepPreview {
  jobId: string;
  index: number;
  /** A `data:` URL. */
  image: string;
}

/** `ready`: from here on nothing is missed, so read your lists now. It can come again. */
export type AllUpdate = { kind: 'ready' } | ({ kind: 'job' } & JobUpdate);

export interface WatchOptions extends CallOptions {
  /** Whether to show what pictures look like while they are made; false. */
  stepPreviews?: boolean;
  onUpdate?: (update: JobUpdate) => void;
  onConnection?: (connection: Connection, error?: OurVidzError) => void;
}

export interface WatchAllOptions extends CallOptions {
  /** Whether to show what pictures look like while they are made; false. */
  stepPreviews?: boolean;
  onUpdate?: (update: AllUpdate) => void;
  onConnection?: (connection: Connection, error?: OurVidzError) => void;
  /** What separates users of one browser, where tokens have no `sub`. */
  scope?: string;
}

export interface JobFilter {
  status?: api.Status;
  type?: api.JobType;
  /** Items a page; 1 to 100, 20. */
  limit?: number;
}

export interface AssetFilter {
  kind?: 'image' | 'video';
  saved?: boolean;
  /** The id of a project. */
  project?: string;
  /** A tag that it has. */
  tag?: string;
  /** Words, each of which is in the title or in the prompt; 100 characters at most. */
  q?: string;
  /** Created then or later, as `2026-11-30T10:00:00Z`. */
  from?: string;
  /** Created before. */
  until?: string;
  /** Which come first; the newest where nothing is said. */
  order?: 'newest' | 'oldest';
  /** Items a page; 1 to 100, 20. */
  limit?: number;
}

export interface DeliveryFilter {
  status?: api.DeliveryStatus;
  /** Items a page; 1 to 100, 20. */
  limit?: number;
}

export interface Page<T> {
  items: T[];
  /** What `page(cursor)` takes for the next one; null on the last one. */
  nextCursor: string | null;
}

export type Enhance = Omit<api.EnhanceRequest, 'userId' | 'stream'> & { userId?: string };

export interface EnhanceOptions extends CallOptions {
  /**
   * Called with each piece while a model writes, and with all of it so far, which begins anew when another worker
   * takes over. The result replaces it: it may be shorter.
   */
  onToken?: (text: string, soFar: string) => void;
  timeoutMs?: number;
}

export interface UploadOptions extends CallOptions {
  type: api.ReferenceType;
  /** That the person shown has agreed; a `character` needs it. */
  consent?: boolean;
  contentType?: 'image/png' | 'image/jpeg' | 'image/webp';
  timeoutMs?: number;
}

export interface UploadedReference {
  type: api.ReferenceType;
  key: string;
}

export interface VerifyOptions {
  /** `whsec_...`; several while a secret is being replaced. */
  secret: string | string[];
  /** The request's headers, with lower-case names where they are a plain object. */
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The request's body as it arrived. */
  body: string;
  toleranceSeconds?: number;
  /** For tests: milliseconds. */
  now?: number;
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  tries?: number;
  /** Whether doing it twice is the same as doing it once. */
  repeatable?: boolean;
  /** Whether to send the user's token; true. */
  authorize?: boolean;
}

/** A frame of Server-Sent Events. */
export interface Frame {
  event: string;
  id?: string;
  data?: string;
  retry?: number;
}
