// Confines a rendering error to its page. The console's only class: React has no function for this.

import { Component, type ReactNode } from 'react'
import { Failure } from '../api/failure.ts'
import { ErrorState } from './errorState.tsx'

interface State {
  readonly error: unknown
}

/** A newer console was deployed while this one was open, or the gateway is unreachable. */
const isMissingPart = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|module script|preload CSS/i.test(error.message)

const explain = (error: unknown): Failure =>
  isMissingPart(error)
    ? new Failure('A part of the console could not be loaded.', {
        status: 0,
        code: 'MISSING_PART',
        hint: 'The gateway is unreachable, or it now serves a newer console. Try again to reload the page.',
      })
    : new Failure('This page crashed.', {
        status: 0,
        code: 'BUG',
        hint: `Reload it. If that does not help, report this message: ${error instanceof Error ? error.message : String(error)}`,
      })

/** Reloads only if the gateway is reachable: otherwise the browser would show its own error page. */
const reload = (): Promise<void> =>
  fetch(window.location.href, { method: 'HEAD' }).then(
    () => window.location.reload(),
    () => undefined,
  )

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override readonly state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return <ErrorState failure={explain(error)} onRetry={reload} />
  }
}
