/** The owner's connections are in use: nothing was sent. */
export class OwnerBusy extends Error {
  readonly code = 'owner_busy'

  constructor(message: string) {
    super(message)
    this.name = 'OwnerBusy'
  }
}
