// Translates errors of Postgres: the one table of SQLSTATEs, each with a code and a sentence. No server text
// is passed on except what an operator wrote with `raise exception`: messages quote schemas, `detail` quotes
// whole rows. problem.ts adds statuses and bodies.

import { entryOf } from './entryMark.ts'
import { raisedIn } from './raise.ts'
import {
  badInputAnswer,
  type ErrorNames,
  type Rule,
  type SqlAnswer,
  type SqlError,
} from './sqlstateAnswer.ts'
import { collationRefusal } from './sqlstateCollation.ts'
import { duplicate, foreignKey, notNull } from './sqlstateConstraint.ts'
import { functionOf, isOfTypeName } from './sqlstateFunction.ts'

export type { ErrorNames, SqlAnswer, SqlError } from './sqlstateAnswer.ts'

export const PERMISSION_DENIED = {
  code: 'FORBIDDEN',
  subCode: 'PERMISSION_DENIED',
  message: 'Entity performing the request does not have permission',
} as const satisfies SqlAnswer
/** Raised when a policy refuses the new version of a record. */
const RULES_ROUTINE = 'ExecWithCheckOptions'
const denied = ({ routine }: SqlError): SqlAnswer =>
  routine === RULES_ROUTINE
    ? { ...PERMISSION_DENIED, hint: "The record would violate your role's record rules." }
    : PERMISSION_DENIED
const UNAVAILABLE: SqlAnswer = {
  code: 'UNAVAILABLE',
  subCode: 'DATABASE_UNAVAILABLE',
  message: 'The database cannot answer at the moment. Please try again.',
}
const NODE_AWAY: SqlAnswer = {
  code: 'UNAVAILABLE',
  subCode: 'NODE_UNAVAILABLE',
  message: 'A node of the cluster cannot be reached. Please try again.',
  hint: 'Until all nodes answer, the data model of no workspace changes, and no workspaces, keys of new roles or grants are made. Records of workspaces on other nodes can be read and written.',
}
/** Citus sends DDL, roles and grants to all nodes; it names the one that failed. */
const connectionFailed = ({ message }: SqlError): SqlAnswer =>
  /^(?:connection to the remote node|could not establish (?:any )?connections? to the node)/.test(message)
    ? NODE_AWAY
    : UNAVAILABLE
const RETRY: SqlAnswer = {
  code: 'UNAVAILABLE',
  subCode: 'CONCURRENT_CHANGE',
  message: 'Another request changed the same records at the same time. Please try again.',
}
const MODEL_CHANGED: SqlAnswer = {
  code: 'UNAVAILABLE',
  subCode: 'MODEL_CHANGED',
  message: 'The data model changed while the request was running. Please try again.',
  hint: 'If this persists, a function, trigger or rule in the database refers to something that no longer exists, or does not qualify a name with its schema.',
}

const NAMES_NOTHING = badInputAnswer(
  'A value, or an expression of the table, refers to something that does not exist in the database.',
  'NAMES_NOTHING',
)

/**
 * Whether a name was looked up while the statement ran: a value of a type like regclass, a setting that a
 * view reads. Names in the statement itself come with a position, except columns that a cached plan finds
 * dropped.
 */
const namesNothing = ({ code, position }: SqlError): boolean => position === undefined && code !== '42703'

/**
 * Something does not exist: it was dropped since the model was read, unless a function's body refers to it.
 */
const notThere = (error: SqlError): SqlAnswer => {
  const name = functionOf(error)
  if (name === undefined) return namesNothing(error) ? NAMES_NOTHING : MODEL_CHANGED
  return {
    ...badInputAnswer(
      `The function "${name}" refers to something that does not exist, or that is not in its search path.`,
      'FUNCTION_NAMES_NOTHING',
    ),
    hint: 'Functions run with search_path pg_catalog: qualify the names in a text body with their schema, or add "set search_path" to the function.',
  }
}

const INVALID_VALUE = badInputAnswer('A value does not fit the type of its field.', 'INVALID_VALUE')

/**
 * Types have a syntax of their own: jsonpath, tsquery, regtype. Syntax errors in our statements come with a
 * position.
 */
const wrongSyntax = (error: SqlError): SqlAnswer =>
  functionOf(error) === undefined && (error.position === undefined || isOfTypeName(error))
    ? INVALID_VALUE
    : wrongStatement(error)

const INTERNAL: SqlAnswer = { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong on our side.' }
const NOT_SUPPORTED = badInputAnswer(
  'The table, its rules or its triggers do not support this request.',
  'NOT_SUPPORTED',
)
const FUNCTION_FAILED = badInputAnswer('A function in the database failed.', 'FUNCTION_FAILS')

/** Errors in our statements are our fault; errors in a function are its author's. */
const wrongStatement = (error: SqlError): SqlAnswer => {
  const name = functionOf(error)
  return name === undefined
    ? INTERNAL
    : {
        ...badInputAnswer(`The function "${name}" cannot run as it is written.`, 'FUNCTION_FAILS'),
        hint: 'The log of the database shows where; so does `plpgsql_check` or a call in psql.',
      }
}

/** Our statements name one kind of function that may have namesakes: those of the workspace's schema. */
const ambiguous = (error: SqlError): SqlAnswer =>
  functionOf(error) === undefined && error.routine === 'ParseFuncOrColumn'
    ? {
        ...badInputAnswer('Several functions of this name fit the arguments.', 'AMBIGUOUS_FUNCTION'),
        hint: 'Pass more arguments, or drop or rename one of the functions.',
      }
    : wrongSyntax(error)

/**
 * Postgres cannot rewrite some statements by the rules of a table that lost a column, and a foreign key fails
 * if a rule rewrites its internal statements. Messages that a function raises as internal errors are not
 * shown.
 */
const internal = ({ routine }: SqlError): SqlAnswer => {
  if (routine === RAISE_ROUTINE) return FUNCTION_FAILED
  return routine === 'ri_PerformCheck' || routine?.startsWith('ReplaceVar') === true
    ? NOT_SUPPORTED
    : INTERNAL
}

const notNow = ({ routine }: SqlError): SqlAnswer =>
  routine === 'ExecOpenScanRelation'
    ? {
        ...badInputAnswer('The materialized view is not populated yet.', 'NOT_POPULATED'),
        hint: 'Its owner can populate it with REFRESH MATERIALIZED VIEW.',
      }
    : badInputAnswer('The object does not allow this at the moment.', 'NOT_ALLOWED')

/**
 * Messages of 22P02 end with the offending text, which may come from a row as well as from the request: `…for
 * enum w_acme.stage: "NOPE"`. It is never shown; only our own refusals are parsed from it.
 */
const invalidText = ({ message }: SqlError): SqlAnswer => {
  const start = message.indexOf(': "')
  if (start < 0 || !message.endsWith('"')) return INVALID_VALUE
  const raisedByUs = raisedIn(message.slice(start + 3, -1))
  if (raisedByUs === null) return INVALID_VALUE
  return raisedByUs.subCode === 'QUOTA_EXCEEDED'
    ? { code: 'FORBIDDEN', ...raisedByUs }
    : badInputAnswer(raisedByUs.message, raisedByUs.subCode)
}

/** `raise exception` in an operator's function: its sentence is meant for the caller. */
const raised = (error: SqlError): SqlAnswer => ({
  ...badInputAnswer(error.message, 'RAISED_BY_DATABASE'),
  ...(error.hint === undefined ? {} : { hint: error.hint }),
})

/** Five characters: that SQLSTATE; two: its whole class, unless the SQLSTATE has an entry of its own. */
export const SQLSTATES: Readonly<Record<string, Rule>> = {
  '08': connectionFailed,
  '09': badInputAnswer('A trigger of the table failed.', 'RAISED_BY_DATABASE'),
  '0A000': (error) => collationRefusal(error) ?? NOT_SUPPORTED,
  '21000': badInputAnswer('Two records of the request refer to the same row.', 'CARDINALITY_VIOLATION'),
  '22': INVALID_VALUE,
  '22001': badInputAnswer('A text is longer than its field allows.', 'VALUE_TOO_LONG'),
  '22003': badInputAnswer('A number is out of the range of its field.', 'OUT_OF_RANGE'),
  '22007': badInputAnswer('A date or time is malformed.', 'INVALID_VALUE'),
  '22008': badInputAnswer('A date or time is out of range.', 'OUT_OF_RANGE'),
  '22012': badInputAnswer('A division by zero occurred.', 'INVALID_VALUE'),
  '22021': badInputAnswer(
    'A text contains a character that cannot be stored (such as NUL).',
    'INVALID_VALUE',
  ),
  '22P02': invalidText,
  '22P05': badInputAnswer(
    'A text contains a character that cannot be stored (such as NUL).',
    'INVALID_VALUE',
  ),
  '23': { code: 'CONFLICT', message: 'The change would break a rule of the data model.' },
  '23001': foreignKey,
  '23502': notNull,
  '23503': foreignKey,
  '23505': duplicate,
  '23514': badInputAnswer('A value breaks a rule of its object.', 'CHECK_VIOLATION'),
  '23P01': {
    code: 'CONFLICT',
    subCode: 'EXCLUSION_VIOLATION',
    message: 'The record conflicts with another one.',
  },
  '25006': {
    code: 'UNAVAILABLE',
    subCode: 'READ_ONLY',
    message: 'The database does not accept changes at the moment.',
  },
  '27000': badInputAnswer(
    'A trigger of the table changes the record that the request changes.',
    'TRIGGER_CONFLICT',
  ),
  '28': UNAVAILABLE,
  '2D': FUNCTION_FAILED,
  '2F': FUNCTION_FAILED,
  '38': FUNCTION_FAILED,
  '39': FUNCTION_FAILED,
  '3D': UNAVAILABLE,
  '3F000': notThere,
  '40': RETRY,
  '428C9': badInputAnswer('A field that the database fills itself cannot be written.', 'FIELD_NOT_WRITABLE'),
  '42': wrongStatement,
  '42501': denied,
  '42601': wrongSyntax,
  '42602': wrongSyntax,
  '42703': notThere,
  '42704': notThere,
  '42725': ambiguous,
  '42883': notThere,
  '42P01': notThere,
  '42P17': badInputAnswer(
    'Rules or policies of the table refer to each other in a circle.',
    'RECURSIVE_RULE',
  ),
  '44000': badInputAnswer(
    'The record would not belong to the view it is written through.',
    'CHECK_VIOLATION',
  ),
  '53': UNAVAILABLE,
  '54': badInputAnswer('The request is too complex for the database.', 'TOO_COMPLEX'),
  '55000': notNow,
  '55P03': RETRY,
  '57014': {
    code: 'TIMEOUT',
    subCode: 'STATEMENT_TIMEOUT',
    message: 'The request took too long and was stopped.',
  },
  '57': UNAVAILABLE,
  '58': UNAVAILABLE,
  // Raised by tenantry.guard_member and tenantry.guard_member_email.
  TN001: {
    code: 'FORBIDDEN',
    subCode: 'CANNOT_UNASSIGN_LAST_ADMIN',
    message: 'Cannot unassign admin role from last admin of the workspace',
    hint: 'Give another member the admin role first.',
  },
  TN002: { ...PERMISSION_DENIED, hint: 'Members are added and destroyed by the operator, not as records.' },
  TN003: { ...PERMISSION_DENIED, hint: 'The id and the userId of a member never change.' },
  TN004: {
    code: 'FORBIDDEN',
    subCode: 'ROLE_STRONGER_THAN_CALLER',
    message: 'Only administrators may remove, restore or re-address an administrator.',
  },
  TN006: {
    ...PERMISSION_DENIED,
    hint: 'On a cluster, members are removed, restored and re-addressed through the metadata API or by the operator.',
  },
  TN005: badInputAnswer('The userEmail of a member must be an e-mail address.', 'INVALID_ARGS_DATA'),
  HV: { code: 'UNAVAILABLE', message: 'The server that holds the records of a foreign table cannot answer.' },
  P0: badInputAnswer('A function in the database rejected the request.', 'RAISED_BY_DATABASE'),
  P0001: raised,
  XX000: internal,
}

/** `raise exception … using errcode` with a custom code. */
const RAISE_ROUTINE = 'exec_stmt_raise'

const SQLSTATE = /^[0-9A-Z]{5}$/

/** Whether the error came from Postgres; Codes such as `EPIPE` have five letters too, but no severity. */
export const isSqlError = (error: unknown): error is SqlError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  SQLSTATE.test(error.code) &&
  'severity' in error &&
  typeof error.severity === 'string'

/** The answer to an error of Postgres; undefined if the table has neither its SQLSTATE nor its class. */
export const sqlAnswer = (error: SqlError, names: ErrorNames = {}): SqlAnswer | undefined => {
  const rule =
    SQLSTATES[error.code] ??
    SQLSTATES[error.code.slice(0, 2)] ??
    (error.routine === RAISE_ROUTINE ? raised : undefined)
  const answer = typeof rule === 'function' ? rule(error, names) : rule
  const index = entryOf(error.where)
  return answer === undefined || index === null ? answer : { ...answer, facts: { ...answer.facts, index } }
}
