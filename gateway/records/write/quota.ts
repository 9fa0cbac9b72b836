// Refuses new records in a workspace that has reached a quota.

import { Problem } from '../../error/problem.ts'
import { raise } from '../../error/raise.ts'
import type { Params } from '../params.ts'
import type { Author } from './author.ts'

const SUB_CODE = 'QUOTA_EXCEEDED'

const messageOf = (quota: string): string =>
  `This workspace has reached its quota of ${quota}: no records can be created. Records can be read, changed and deleted.`

/** Throws Problem FORBIDDEN. */
export const refuseOverQuota = ({ quotaReached }: Author): void => {
  if (quotaReached !== undefined)
    throw new Problem('FORBIDDEN', messageOf(quotaReached), { subCode: SUB_CODE })
}

/** The condition under which a row is inserted; fails where it holds in spite of the quota. */
export const unlessOverQuota = (e: Params, { quotaReached }: Author, condition: string): string =>
  quotaReached === undefined
    ? condition
    : `case when ${condition} then ${raise(e, { subCode: SUB_CODE, message: messageOf(quotaReached) })} = 0 else false end`
