// Where a test runs. Both helpers skip it elsewhere, and its title then says why.
//
//   onCluster('…', async (t, coordinator) => { … })          on a Citus cluster alone, which TEST_CITUS_URL names
//   onOnePostgres('an exclusion constraint is refused there', '…', async (t) => { … })
//                                                            not where TEST_ON_CITUS=1 has all databases on a cluster

import test, { type ExecutionContext } from 'ava'
import { citusUrl, clusterOfTests } from './environment.ts'

type Work = (t: ExecutionContext) => void | Promise<void>

const skip = (title: string, why: string, work: Work): void => test.skip(`${title} (skipped: ${why})`, work)

export const onCluster = (
  title: string,
  work: (t: ExecutionContext, coordinator: string) => Promise<void>,
): void => {
  const coordinator = citusUrl()
  if (coordinator === null) skip(title, 'TEST_CITUS_URL names no coordinator', () => undefined)
  else test(title, (t) => work(t, coordinator))
}

/** @param why a cluster cannot pass it, as a sentence without its point */
export const onOnePostgres = (why: string, title: string, work: Work): void => {
  if (clusterOfTests() === null) test(title, work)
  else skip(title, why, work)
}
