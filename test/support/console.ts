// A person at the console, as the gateway sees one: a cookie and a CSRF token over a real socket.

import type { Pool } from 'pg'
import { createSignInLink } from '../../tenants/member/signIn.ts'
import { type Answer, ask } from './gateway.ts'

export interface Person {
  /** What signing in answered. */
  readonly answer: Answer
  /** `tenantry_session=<secret>` */
  readonly cookie: string
  readonly csrfToken: string
  /** Sends the cookie, and with changes the CSRF token; `headers` override both. */
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
}

export const addMember = async (
  pool: Pool,
  schemaName: string,
  [firstName, lastName]: readonly [string, string] = ["Zoë 'x'", 'O"Brien'],
): Promise<string> => {
  const { rows } = await pool.query<{ id: string }>(
    `insert into "${schemaName}".workspace_member (name_first_name, name_last_name, user_id)
     values ($1, $2, gen_random_uuid()) returning id`,
    [firstName, lastName],
  )
  return rows[0]?.id ?? ''
}

export const cookieIn = (answer: Answer): string =>
  /^tenantry_session=[^;]*/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? ''

/** @param credential one of `secret`, `apiKey` and `operatorKey`. */
export const signIn = async (url: string, credential: Record<string, string>): Promise<Person> => {
  const answer = await ask(`${url}/console/session`, 'POST', credential)
  const cookie = cookieIn(answer)
  const csrfToken: string = answer.body?.csrfToken ?? ''
  return {
    answer,
    cookie,
    csrfToken,
    request: (method, path, body, headers) =>
      ask(url + path, method, body, {
        cookie,
        ...(method === 'GET' || method === 'HEAD' ? {} : { 'x-csrf-token': csrfToken }),
        ...headers,
      }),
  }
}

export const signInMember = async (
  url: string,
  pool: Pool,
  workspaceId: string,
  memberId: string,
): Promise<Person> => {
  const { secret } = await createSignInLink(pool, workspaceId, memberId)
  return signIn(url, { secret })
}
