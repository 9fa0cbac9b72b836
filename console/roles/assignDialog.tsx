// Gives a role to somebody or something that has another one. In: whom it can be given to and how; out: a
// dialog that does it. Nobody is chosen before somebody chooses: a role is not given by being quick.

import { NativeSelect, Stack } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { ROLES_KEY, type Role } from './roles.ts'

const STALE = [ROLES_KEY, ['keys']]

export interface Candidate {
  readonly id: string
  readonly name: string
  /** The label of the role that it has. */
  readonly roleLabel: string
}

export interface AssignDialogProps {
  readonly role: Role
  /** `API key`, `member`. */
  readonly kind: string
  readonly description: string
  readonly candidates: readonly Candidate[]
  readonly assign: (id: string) => Promise<unknown>
  readonly onClose: () => void
  /** Another way to the same end, below. */
  readonly children?: ReactNode
}

const AssignForm = ({ role, kind, description, candidates, assign, onClose }: AssignDialogProps) => {
  const [id, setId] = useState('')
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: assign,
    stale: STALE,
    done: () => `The role “${role.label}” was assigned.`,
    onFailure: setFailure,
  })
  useUnsavedInput(id)
  const submit = async () => {
    if ((await change(id)) !== null) onClose()
  }
  return (
    <Form
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action="Assign role" isBusy={isBusy} onCancel={onClose} />
        </>
      }
    >
      <NativeSelect
        data-autofocus
        required
        label={`${kind.charAt(0).toUpperCase()}${kind.slice(1)}`}
        description={description}
        data={[
          { value: '', label: 'Choose …', disabled: true },
          ...candidates.map((each) => ({ value: each.id, label: `${each.name} (now ${each.roleLabel})` })),
        ]}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
    </Form>
  )
}

const article = (kind: string): string => `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`

export const AssignDialog = (props: AssignDialogProps) => (
  <Modal opened onClose={props.onClose} title={`Assign “${props.role.label}” to ${article(props.kind)}`}>
    <Stack>
      {props.candidates.length === 0 ? null : <AssignForm {...props} />}
      {props.children}
    </Stack>
  </Modal>
)
