// What the oracle of upserts writes: people, whom the contract makes unique by their e-mail address, and
// albums, whose table was made in SQL and has a unique column and a unique pair of columns.

import type { Kind, Value, Values } from './upsertModel.ts'

/** A kind of record as the API has it. */
export interface Subject extends Kind {
  readonly plural: string
  readonly single: string
  readonly table: string
  /** GraphQL's selection of all values. */
  readonly selection: string
  readonly toJson: (values: Values) => Record<string, unknown>
  readonly fromJson: (json: never) => Values
  /** Columns and their values, for records that are there before. */
  readonly columns: Readonly<Record<string, string>>
  readonly choices: Readonly<Record<string, readonly Value[]>>
}

export const IDS = [1, 2, 3].map((number) => `018f0000-0000-7000-8000-00000000000${number}`)

export const PEOPLE: Subject = {
  plural: 'people',
  single: 'Person',
  table: 'person',
  id: 'id',
  keys: [
    { columns: ['id'], isLiveOnly: false },
    { columns: ['email'], isLiveOnly: true },
  ],
  defaults: { id: null, email: null, jobTitle: null, firstName: null },
  selection: 'id jobTitle emails { primaryEmail } name { firstName }',
  toJson: ({ id, email, jobTitle, firstName }) => ({
    ...(id === undefined ? {} : { id }),
    ...(email === undefined ? {} : { emails: { primaryEmail: email } }),
    ...(jobTitle === undefined ? {} : { jobTitle }),
    ...(firstName === undefined ? {} : { name: { firstName } }),
  }),
  fromJson: ({
    id,
    jobTitle,
    emails,
    name,
  }: {
    id: string
    jobTitle: string
    emails: { primaryEmail: string }
    name: { firstName: string }
  }) => ({
    id,
    email: emails.primaryEmail || null,
    jobTitle: jobTitle || null,
    firstName: name.firstName || null,
  }),
  columns: { id: 'id', email: 'emails_primary_email', jobTitle: 'job_title', firstName: 'name_first_name' },
  choices: {
    id: IDS,
    email: ['a@oracle.test', 'b@oracle.test', 'c@oracle.test', null],
    jobTitle: ['x', 'y', 'z', null],
    firstName: ['F', 'G'],
  },
}

export const ALBUMS: Subject = {
  plural: 'albums',
  single: 'Album',
  table: 'album',
  id: 'albumId',
  keys: [
    { columns: ['albumId'], isLiveOnly: false },
    { columns: ['code'], isLiveOnly: false },
    { columns: ['title', 'artist'], isLiveOnly: true },
  ],
  defaults: { albumId: null, code: null, title: null, artist: null, note: 'none' },
  selection: 'albumId code title artist note',
  toJson: (values) => ({ ...values }),
  fromJson: ({ albumId, code, title, artist, note }: Values) => ({
    albumId: albumId ?? null,
    code: code ?? null,
    title: title ?? null,
    artist: artist ?? null,
    note: note ?? null,
  }),
  columns: { albumId: 'album_id', code: 'code', title: 'title', artist: 'artist', note: 'note' },
  choices: {
    albumId: IDS,
    code: ['k1', 'k2', null],
    title: ['t1', 't2', null],
    artist: ['r1', 'r2'],
    note: ['n1', 'n2'],
  },
}

/** @param schema quoted */
export const createAlbums = (schema: string): string => `
  create table ${schema}.album (
    album_id uuid primary key default pg_catalog.gen_random_uuid(),
    code text unique deferrable, title text, artist text, note text not null default 'none', deleted_at timestamptz);
  create unique index on ${schema}.album (title, artist) where deleted_at is null`
