// Statements over images of one table. An image may no longer fit the table: an option was removed, a domain
// became stricter. Such an image makes a whole statement fail, so it is found and left out.

import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { isSqlError, type SqlError } from '../error/sqlstate.ts'
import { fittingImages, type ImageStatement } from '../records/select/images.ts'

interface Over<Result> {
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly session: Session
  readonly object: ObjectModel
  readonly compile: (images: readonly string[]) => ImageStatement<Result>
}

/** What a statement found, by the image's place, from 0. */
interface Found<Result> {
  /** An image without a result had no row. */
  readonly results: ReadonlyMap<number, Result>
  /** Images that the statement could read. */
  readonly isRead: (place: number) => boolean
}

interface PlacedImage {
  readonly text: string
  readonly place: number
}

/** Failed statements after which the rest of a page is not read. All but a few images of a page can be. */
const MAX_FAILED = 64

/** Errors of the moment: rolled back for others, shortages, locks, shutdowns, I/O. */
const OF_THE_MOMENT = /^(40|53|55|57(?!014)|58)/
const TIMED_OUT = '57014'

/** An error of the images or the expressions; a lost connection or a refusal is not an answer. */
const isOfImages = (error: unknown): error is SqlError => isSqlError(error) && !OF_THE_MOMENT.test(error.code)

const readAll = async <Result>(
  { connections, session, compile }: Omit<Over<Result>, 'object'>,
  images: readonly PlacedImage[],
): Promise<ReadonlyMap<number, Result>> => {
  const statement = compile(images.map(({ text }) => text))
  const found = statement.read(await connections.run(session, statement, { retryable: true }))
  return new Map([...found].flatMap(([at, result]) => [[images[at]?.place ?? -1, result] as const]))
}

/** The images that are rows of the table; null: that cannot be found out. */
const fitting = async <Result>(
  over: Over<Result>,
  images: readonly PlacedImage[],
): Promise<readonly PlacedImage[] | null> => {
  try {
    const fits = await readAll({ ...over, compile: (texts) => fittingImages(over.object, texts) }, images)
    return images.filter(({ place }) => fits.get(place) === true)
  } catch (error) {
    if (!isOfImages(error)) throw error
    return null
  }
}

type Halves<Result> = (images: readonly PlacedImage[], hasFailed: boolean) => Promise<readonly Half<Result>[]>

interface Half<Result> {
  readonly images: readonly PlacedImage[]
  readonly results: ReadonlyMap<number, Result>
}

/** Where an image makes the statement fail, halves are read until it is found. */
const createHalves = <Result>(over: Over<Result>): Halves<Result> => {
  let left = MAX_FAILED
  const halves: Halves<Result> = async (images, hasFailed) => {
    if (images.length === 0) return []
    try {
      return [{ images, results: await readAll(over, images) }]
    } catch (error) {
      if (!isOfImages(error)) throw error
      left -= 1
      if (error.code === TIMED_OUT || left <= 0) return []
      const fits = hasFailed ? null : await fitting(over, images)
      if (fits !== null && fits.length < images.length) return halves(fits, true)
      if (images.length === 1) return []
      const middle = Math.ceil(images.length / 2)
      return [...(await halves(images.slice(0, middle), true)), ...(await halves(images.slice(middle), true))]
    }
  }
  return halves
}

/** @param images JSON texts. A statement that fails for other reasons rejects. */
export const overImages = async <Result>(
  over: Over<Result>,
  images: readonly string[],
): Promise<Found<Result>> => {
  const placed = images.map((text, place) => ({ text, place }))
  const found = await createHalves(over)(placed, false)
  const read = new Set(found.flatMap((half) => half.images.map(({ place }) => place)))
  return {
    results: new Map(found.flatMap(({ results }) => [...results])),
    isRead: (place) => read.has(place),
  }
}
