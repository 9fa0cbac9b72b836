// Lists the faults of a refused change of the model.

import { Alert, List } from '@mantine/core'
import { failureOf } from '../api/failure.ts'
import { isRecord } from '../api/json.ts'

const messagesOf = (reports: unknown): readonly string[] =>
  (Array.isArray(reports) ? reports : []).flatMap((report) =>
    isRecord(report) && Array.isArray(report.errors)
      ? report.errors.flatMap((fault) =>
          isRecord(fault) && typeof fault.message === 'string' ? [fault.message] : [],
        )
      : [],
  )

const faultsOf = (error: unknown): readonly string[] => {
  const { message, hint, extensions } = failureOf(error)
  const faults = isRecord(extensions.errors) ? Object.values(extensions.errors).flatMap(messagesOf) : []
  if (faults.length > 0) return [...new Set(faults)]
  return hint === null ? [message] : [message, hint]
}

export const Faults = ({ error }: { readonly error: unknown }) => {
  const faults = faultsOf(error)
  return (
    <Alert role="alert" color="red" title="The change was refused">
      {faults.length === 1 ? (
        faults[0]
      ) : (
        <List size="sm">
          {faults.map((fault) => (
            <List.Item key={fault}>{fault}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}
