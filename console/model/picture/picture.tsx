// The relations between objects, drawn. In: the object in the middle, or names to choose from, or neither;
// out: a picture that can be moved and enlarged. Each object is a link, reached in reading order by the
// keyboard. Above so many objects only a neighbourhood is drawn.

import { Group, SegmentedControl, Select, Text, useComputedColorScheme } from '@mantine/core'
import {
  Background,
  Controls,
  Handle,
  type NodeProps,
  Position,
  ReactFlow,
  useReactFlow,
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import { Query } from '../../parts/query.tsx'
import { among, around, type Graph, mostRelated, useGraph } from './graph.ts'
import { layOut, type ObjectNode } from './layout.ts'
import classes from './picture.module.css'

const MAX_DRAWN = 60

const ObjectBox = ({
  data: { object, isFocus },
  positionAbsoluteX,
  positionAbsoluteY,
}: NodeProps<ObjectNode>) => {
  const { setCenter, getZoom } = useReactFlow()
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} className={classes.handle ?? ''} />
      <Link
        href={`/model/${object.name}`}
        title={object.label}
        className={classes.object}
        data-focus={isFocus}
        data-custom={object.isCustom}
        onFocus={(event) => {
          // What the keyboard reaches must be seen; a click is where it is already.
          if (event.currentTarget.matches(':focus-visible'))
            void setCenter(positionAbsoluteX + 80, positionAbsoluteY, { zoom: getZoom(), duration: 150 })
        }}
      >
        <span className={classes.label}>{object.label}</span>
      </Link>
      <Handle
        type="source"
        position={Position.Right}
        isConnectable={false}
        className={classes.handle ?? ''}
      />
    </>
  )
}

const NODE_TYPES = { object: ObjectBox }

const Drawing = ({ graph, focus }: { readonly graph: Graph; readonly focus: string | null }) => {
  const scheme = useComputedColorScheme('light')
  const { nodes, edges } = useMemo(() => layOut(graph, focus), [graph, focus])
  return (
    <section
      className={classes.picture}
      aria-label={`${nodes.length} objects and the relations between them; the fields of each object say the same in words`}
    >
      <ReactFlow
        // Laid out anew, it is also looked at anew.
        key={nodes.map(({ id }) => id).join(' ')}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={scheme}
        fitView
        fitViewOptions={{ maxZoom: 1.1, padding: 0.1 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        preventScrolling={false}
        zoomOnScroll={false}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  )
}

export interface PictureProps {
  readonly focus?: string
  /** Only these; null for all. */
  readonly names?: readonly string[] | null
}

const Chooser = ({ graph, focus: given, names = null }: PictureProps & { readonly graph: Graph }) => {
  const wanted = useMemo(() => (names === null ? graph : among(graph, new Set(names))), [graph, names])
  const isTooMuch = wanted.nodes.length > MAX_DRAWN
  const [chosen, setChosen] = useState<string | null>(given ?? null)
  const [distance, setDistance] = useState('1')
  const focus = chosen ?? (isTooMuch ? (mostRelated(wanted, MAX_DRAWN) ?? null) : null)
  const drawn = useMemo(
    () => (focus === null ? wanted : around(graph, focus, Number(distance))),
    [graph, wanted, focus, distance],
  )
  return (
    <>
      <Group mb="sm" align="flex-end">
        <Select
          label="Around"
          placeholder="All objects"
          searchable
          clearable={!isTooMuch}
          data={graph.nodes.map(({ name, label }) => ({ value: name, label }))}
          value={focus}
          onChange={setChosen}
        />
        {focus === null ? null : (
          <SegmentedControl
            aria-label="How far"
            value={distance}
            onChange={setDistance}
            data={[
              { value: '1', label: 'Neighbours' },
              { value: '2', label: 'And theirs' },
            ]}
          />
        )}
        <Text size="sm" c="dimmed" aria-live="polite">
          {drawn.nodes.length} of {graph.nodes.length} objects, {drawn.edges.length} relations
        </Text>
      </Group>
      <Drawing graph={drawn} focus={focus} />
    </>
  )
}

const Picture = (props: PictureProps) => {
  const graph = useGraph()
  return (
    <Query of={graph} rows={1} rowHeight={480}>
      {(data) => <Chooser key={props.focus ?? ''} graph={data} {...props} />}
    </Query>
  )
}

export default Picture
