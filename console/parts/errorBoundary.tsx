// A fault of one page stays on that page. React knows no function for it, so this is the console's one class.

import { Component, type ReactNode } from 'react'
import { Failure } from '../api/failure.ts'
import { ErrorState } from './errorState.tsx'

interface State {
  readonly error: unknown
}

/** A new version was deployed while this one was open: its files are gone from the server. */
const isStaleBuild = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)

const explain = (error: unknown): unknown =>
  isStaleBuild(error)
    ? new Failure('The console was updated while it was open.', {
        status: 0,
        code: 'STALE',
        hint: 'Load the page again to get the new version.',
      })
    : error

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override readonly state: State = { error: null }

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return <ErrorState failure={explain(error)} onRetry={() => window.location.reload()} />
  }
}
