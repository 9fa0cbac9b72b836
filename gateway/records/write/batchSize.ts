// Limits the number of records in one write, or throws Problem BAD_USER_INPUT. An empty batch writes nothing
// and is valid: programs that collect records send one when there was nothing to collect.

import { Problem } from '../../error/problem.ts'

/** @param data anything but a list is refused */
export const checkBatch = (data: unknown, maxRecords: number): readonly unknown[] => {
  if (!Array.isArray(data))
    throw new Problem('BAD_USER_INPUT', 'A batch is a JSON array of records', {
      subCode: 'INVALID_ARGS_DATA',
    })
  if (data.length > maxRecords)
    throw new Problem('BAD_USER_INPUT', `Maximum number of records to upsert is ${maxRecords}.`, {
      subCode: 'TOO_MANY_RECORDS_TO_UPDATE',
    })
  return data
}
