// Everything that is wrong with a change. In: a failure of /metadata; out: its sentences, one per fault, in the gateway's words.

import { failureOf } from '../api/failure.ts'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const messagesOf = (reports: unknown): readonly string[] =>
  (Array.isArray(reports) ? reports : []).flatMap((report) =>
    isRecord(report) && Array.isArray(report.errors)
      ? report.errors.flatMap((fault) =>
          isRecord(fault) && typeof fault.message === 'string' ? [fault.message] : [],
        )
      : [],
  )

export const faultsOf = (error: unknown): readonly string[] => {
  const { message, hint, extensions } = failureOf(error)
  const faults = isRecord(extensions.errors) ? Object.values(extensions.errors).flatMap(messagesOf) : []
  if (faults.length > 0) return [...new Set(faults)]
  return hint === null ? [message] : [message, hint]
}
