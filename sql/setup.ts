// The SQL that prepares a Postgres for a gateway: a login role without superuser, with the privileges that a
// gateway uses and no others, and its database. An administrator applies it once; it holds no password.

import { GATEWAY_LOGINS } from './gatewayRole.ts'
import { quoteIdentifier } from './placeholder.ts'

interface Setup {
  readonly role: string
  readonly database: string
}

interface Step {
  readonly reason: string
  readonly statements: readonly string[]
}

const stepsOf = ({ role, database }: Setup): readonly Step[] => {
  const [name, on] = [quoteIdentifier(role), quoteIdentifier(database)]
  return [
    {
      reason: 'CREATEROLE: each role of a workspace is a role of Postgres.',
      statements: [`create role ${name} login createrole`],
    },
    {
      reason: 'The database belongs to the administrator who creates it.',
      statements: [`create database ${on}`],
    },
    {
      reason: 'CREATE: each workspace is a schema. The gateway lets the login of requests connect.',
      statements: [
        `grant create on database ${on} to ${name}`,
        `grant connect on database ${on} to ${name} with grant option`,
      ],
    },
    {
      reason: 'The logins of requests belong to the server; another gateway may have created them already.',
      statements: GATEWAY_LOGINS.map(
        (login) => `do $$ begin
  if exists (select from pg_roles where rolname = '${login}') then
    grant ${login} to ${name} with admin option;
  end if;
end $$`,
      ),
    },
    {
      reason: 'Changes of a data model interrupt an autovacuum of the table instead of waiting for it.',
      statements: [`grant set on parameter deadlock_timeout to ${name}`],
    },
    {
      reason: 'Operators list running statements and cancel them.',
      statements: [`grant pg_read_all_stats, pg_signal_backend to ${name}`],
    },
  ]
}

export const setupStatements = (setup: Setup): readonly string[] =>
  stepsOf(setup).flatMap(({ statements }) => statements)

export const setupSql = (setup: Setup): string =>
  stepsOf(setup)
    .map(({ reason, statements }) => [`-- ${reason}`, ...statements.map((each) => `${each};`)].join('\n'))
    .join('\n\n')
