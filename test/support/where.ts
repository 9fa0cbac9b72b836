// Where a test runs: it is skipped elsewhere, with the reason in its title.

import test, { type ExecutionContext } from 'ava'
import { citusUrl, clusterOfTests } from './environment.ts'

/** A test of a Citus cluster, which TEST_CITUS_URL names. */
export const onCluster = (
  title: string,
  work: (t: ExecutionContext, coordinator: string) => Promise<void>,
): void => {
  const coordinator = citusUrl()
  if (coordinator === null) test.skip(`${title} (skipped: TEST_CITUS_URL names no coordinator)`, () => {})
  else test(title, (t) => work(t, coordinator))
}

/**
 * A test of what a Citus cluster refuses.
 * @param why a sentence without its point
 */
export const onOnePostgres = (
  title: string,
  why: string,
  work: (t: ExecutionContext) => Promise<void>,
): void => {
  if (clusterOfTests() === null) test(title, work)
  else test.skip(`${title} (skipped on a cluster: ${why})`, () => {})
}

/**
 * For a part of a test that a cluster cannot pass.
 * @param why a sentence without its point
 * @returns whether it is skipped, which the log of the test shows
 */
export const isSkippedOnCluster = (t: ExecutionContext, why: string): boolean => {
  if (clusterOfTests() === null) return false
  t.log(`skipped on a cluster: ${why}`)
  return true
}
