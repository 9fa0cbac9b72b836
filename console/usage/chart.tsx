// A stacked bar per hour: answered, refused and failed requests. An SVG in the page's own pixels, so that
// text stays text. The caption describes the hour under the pointer; the table next to it is the accessible
// form.

import { useElementSize } from '@mantine/hooks'
import { useState } from 'react'
import classes from './chart.module.css'
import { ceilingOf, clockOf, hourLabel, servedOf } from './hours.ts'
import type { Hour } from './usage.ts'

const HEIGHT = 200
const LEFT = 44
const BOTTOM = 22
const TOP = 8
const PLOT_HEIGHT = HEIGHT - BOTTOM - TOP
const GAP = 0.28
const LABEL_EVERY = 4
const LABEL_EVERY_ON_PHONES = 6
const PHONE_WIDTH = 480
const LINES = 4

const numbers = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact' })

const PARTS = [
  { name: 'served', label: 'Answered', countOf: servedOf },
  { name: 'refused', label: 'Refused', countOf: ({ refused }: Hour) => refused },
  { name: 'failed', label: 'Failed', countOf: ({ failed }: Hour) => failed },
] as const

const sentenceOf = (hour: Hour): string =>
  `${hourLabel(hour)}: ${PARTS.map(({ label, countOf }) => `${numbers.format(countOf(hour))} ${label.toLowerCase()}`).join(', ')}`

const summaryOf = (hours: readonly Hour[]): string => {
  const sum = (countOf: (hour: Hour) => number) =>
    numbers.format(hours.reduce((all, hour) => all + countOf(hour), 0))
  const busiest = hours.reduce<Hour | undefined>(
    (most, hour) => (most === undefined || hour.requests > most.requests ? hour : most),
    undefined,
  )
  return `Requests by hour. ${PARTS.map(({ label, countOf }) => `${label}: ${sum(countOf)}`).join(', ')}. Busiest: ${
    busiest === undefined ? 'none' : hourLabel(busiest)
  }.`
}

interface Scale {
  readonly width: number
  /** Requests at the top line. */
  readonly ceiling: number
  /** Width of an hour in pixels. */
  readonly step: number
}

const heightOf = (requests: number, { ceiling }: Scale): number => (requests * PLOT_HEIGHT) / ceiling

const Axis = ({ scale }: { readonly scale: Scale }) =>
  Array.from({ length: LINES + 1 }, (_, line) => {
    const value = (scale.ceiling / LINES) * line
    const y = TOP + PLOT_HEIGHT - heightOf(value, scale)
    return (
      <g key={value}>
        <line className={classes.line} x1={LEFT} x2={scale.width} y1={y} y2={y} />
        <text className={classes.label} x={LEFT - 8} y={y} dy="0.32em" textAnchor="end">
          {short.format(value)}
        </text>
      </g>
    )
  })

interface BarProps {
  readonly hour: Hour
  readonly index: number
  readonly scale: Scale
  readonly isPointed: boolean
  readonly onPoint: () => void
}

const Bar = ({ hour, index, scale, isPointed, onPoint }: BarProps) => {
  const { step, width } = scale
  const x = LEFT + step * index
  const every = width < PHONE_WIDTH ? LABEL_EVERY_ON_PHONES : LABEL_EVERY
  let base = TOP + PLOT_HEIGHT
  return (
    <g className={classes.hour} data-pointed={isPointed}>
      <rect
        className={classes.target}
        x={x}
        y={TOP}
        width={step}
        height={PLOT_HEIGHT}
        onPointerEnter={onPoint}
      />
      {PARTS.map(({ name, countOf }) => {
        const height = heightOf(countOf(hour), scale)
        base -= height
        return height === 0 ? null : (
          <rect
            key={name}
            className={classes[name]}
            x={x + (step * GAP) / 2}
            y={base}
            width={step * (1 - GAP)}
            // At least a pixel, so that rare failures are visible.
            height={Math.max(1, height)}
          />
        )
      })}
      {index % every === 0 ? (
        <text className={classes.label} x={x + step / 2} y={HEIGHT - 6} textAnchor="middle">
          {clockOf(hour)}
        </text>
      ) : null}
    </g>
  )
}

const Key = () =>
  PARTS.map(({ name, label }) => (
    <span key={name} className={classes.key}>
      <span className={`${classes.swatch} ${classes[name]}`} aria-hidden />
      {label}
    </span>
  ))

export const Chart = ({ hours }: { readonly hours: readonly Hour[] }) => {
  const { ref, width } = useElementSize()
  const [pointed, setPointed] = useState<number | null>(null)
  const scale: Scale = {
    width,
    ceiling: ceilingOf(hours, LINES),
    step: Math.max(0, width - LEFT) / Math.max(1, hours.length),
  }
  const shown = pointed === null ? undefined : hours[pointed]
  return (
    <figure className={classes.figure}>
      <div ref={ref} className={classes.plot}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={summaryOf(hours)}
          onPointerLeave={() => setPointed(null)}
        >
          <Axis scale={scale} />
          {hours.map((hour, index) => (
            <Bar
              key={hour.at}
              hour={hour}
              index={index}
              scale={scale}
              isPointed={pointed === index}
              onPoint={() => setPointed(index)}
            />
          ))}
        </svg>
      </div>
      <figcaption className={classes.caption}>{shown === undefined ? <Key /> : sentenceOf(shown)}</figcaption>
    </figure>
  )
}
