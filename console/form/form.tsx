// A form whose submit button is always enabled. Submitting an invalid form lists its faults, links each to
// its input and focuses the first. Faults come from the inputs (required, the browser's validation, `error`)
// and from the `faults` property. While the form is saved its inputs take nothing: forms take over what is
// stored afterwards, and would lose what was typed meanwhile.

import { Alert, Anchor, List, Stack } from '@mantine/core'
import {
  type FormHTMLAttributes,
  type ReactNode,
  type Ref,
  type SubmitEvent,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import classes from './form.module.css'

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

interface Fault {
  readonly label: string
  readonly text: string
  readonly control: Control | null
}

const textIn = (element: Element | null | undefined): string =>
  (element?.textContent ?? '').replace(/\s*\*$/, '').trim()

const labelOf = (control: Control): string => {
  const own = control.getAttribute('aria-label') ?? textIn(control.labels?.[0])
  const group = textIn(control.closest('fieldset')?.querySelector(':scope > legend'))
  return group === '' || group === own ? own : `${group}: ${own}`
}

/** The error text of the input, or else the browser’s own message. */
const textOf = (control: Control): string => {
  const described = (control.getAttribute('aria-describedby') ?? '').split(' ')
  const errorId = described.find((id) => id.endsWith('-error'))
  return errorId === undefined ? control.validationMessage : textIn(document.getElementById(errorId))
}

/** Browsers do not validate read-only inputs, such as selects. */
const isMissing = (control: Control): boolean =>
  control.required && control.value === '' && !control.validity.valueMissing

const isFaulty = (control: Control): boolean =>
  !control.disabled &&
  (isMissing(control) || !control.checkValidity() || control.getAttribute('aria-invalid') === 'true')

const faultsIn = (form: HTMLFormElement): readonly Fault[] =>
  [...form.querySelectorAll<Control>('input, textarea, select')].filter(isFaulty).map((control) => ({
    label: labelOf(control),
    text: isMissing(control) ? 'Choose one.' : textOf(control),
    control,
  }))

const show = (control: Control): void => {
  control.scrollIntoView({ block: 'center' })
  control.focus({ preventScroll: true })
}

interface FormProps extends Omit<FormHTMLAttributes<HTMLFormElement>, 'onSubmit'> {
  readonly onSubmit: () => unknown
  /** Faults that belong to no single input. */
  readonly faults?: readonly string[]
  /** Nothing is edited yet. */
  readonly isUnchanged?: boolean
  /** What was submitted is being saved. */
  readonly isSaving?: boolean
  readonly ref?: Ref<HTMLFormElement>
  /** Below the list of faults: the gateway's refusal and the buttons. */
  readonly end?: ReactNode
  readonly endClassName?: string
  readonly children: ReactNode
}

const Summary = ({ faults }: { readonly faults: readonly Fault[] }) => (
  <Alert
    role="alert"
    color="red"
    title={faults.length === 1 ? 'There is a problem' : `There are ${faults.length} problems`}
  >
    <List size="sm">
      {faults.map(({ label, text, control }) => (
        <List.Item key={`${label} ${text}`}>
          {control === null ? (
            text
          ) : (
            <>
              <Anchor component="button" type="button" size="sm" onClick={() => show(control)}>
                {label}
              </Anchor>
              {`: ${text}`}
            </>
          )}
        </List.Item>
      ))}
    </List>
  </Alert>
)

/** Inputs that are inert lose the focus, which returns to them. */
const useFocusKept = (isSaving: boolean) => {
  const inputs = useRef<HTMLDivElement>(null)
  const focused = useRef<HTMLElement | null>(null)
  useLayoutEffect(() => {
    if (isSaving || focused.current === null) return
    if (document.activeElement === document.body) focused.current.focus({ preventScroll: true })
    focused.current = null
  }, [isSaving])
  const note = () => {
    const { activeElement } = document
    focused.current =
      activeElement instanceof HTMLElement && inputs.current?.contains(activeElement) ? activeElement : null
  }
  return { inputs, note }
}

export const Form = ({
  onSubmit,
  faults: others = [],
  isUnchanged = false,
  isSaving = false,
  end,
  endClassName,
  className,
  children,
  ...rest
}: FormProps) => {
  const [faults, setFaults] = useState<readonly Fault[]>([])
  const { inputs, note } = useFocusKept(isSaving)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    // Events bubble through portals: a dialog opened from a form must not submit that form too.
    event.stopPropagation()
    if (isSaving) return
    const found = [
      ...faultsIn(event.currentTarget),
      ...others.map((text) => ({ label: '', text, control: null })),
    ]
    if (found.length === 0 && isUnchanged)
      found.push({ label: '', text: 'Nothing has changed yet.', control: null })
    setFaults(found)
    const [first] = found
    if (first === undefined) {
      note()
      onSubmit()
    } else if (first.control !== null) show(first.control)
  }
  return (
    <form
      {...rest}
      noValidate
      className={`${classes.form} ${className ?? ''} ${faults.length > 0 ? classes.tried : ''}`}
      onSubmit={submit}
      onChange={() => faults.length > 0 && setFaults([])}
    >
      <div ref={inputs} inert={isSaving} className="contents">
        {children}
      </div>
      {end === undefined && faults.length === 0 ? null : (
        <Stack gap="sm" mt="md" className={endClassName ?? ''}>
          {faults.length === 0 ? null : <Summary faults={faults} />}
          {end}
        </Stack>
      )}
    </form>
  )
}
