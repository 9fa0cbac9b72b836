// Links to the playgrounds, the documentation and the OpenAPI documents.

import { Anchor, Code, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconBraces, IconTerminal2 } from '@tabler/icons-react'
import { Link } from 'wouter'
import { Panel } from '../parts/panel.tsx'
import classes from './apiLinks.module.css'

const PLAYGROUNDS = [
  { path: '/playground/rest', title: 'REST', text: 'Records, by URL', LinkIcon: IconTerminal2 },
  { path: '/playground/graphql', title: 'GraphQL', text: 'Records, by query', LinkIcon: IconBraces },
  {
    path: '/playground/rest-metadata',
    title: 'REST metadata',
    text: 'Objects and fields',
    LinkIcon: IconTerminal2,
  },
  {
    path: '/playground/graphql-metadata',
    title: 'GraphQL metadata',
    text: 'Objects, fields, keys, roles',
    LinkIcon: IconBraces,
  },
] as const

const DOCUMENTS = [
  ['/docs/', 'Documentation of this gateway'],
  ['/rest/open-api/core', 'OpenAPI 3.1 document of the record API'],
  ['/rest/open-api/metadata', 'OpenAPI 3.1 document of the metadata API'],
] as const

export const ApiLinks = () => (
  <Stack gap="lg">
    <Panel title="Playgrounds" text="Try the API here, with this workspace’s own data and documentation.">
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="sm">
        {PLAYGROUNDS.map(({ path, title, text, LinkIcon }) => (
          <Link key={path} href={path} className={classes.link}>
            <LinkIcon size={20} stroke={1.75} aria-hidden />
            <span>
              <span className={classes.title}>{title}</span>
              <span className={classes.text}>{text}</span>
            </span>
          </Link>
        ))}
      </SimpleGrid>
    </Panel>
    <Panel
      title="Documents"
      text="The documentation, and OpenAPI documents for client generators. Request one with a key to get the document of this workspace."
    >
      <Stack gap={6}>
        {DOCUMENTS.map(([path, text]) => (
          <Text key={path} size="sm">
            <Anchor href={path} target="_blank" inherit>
              {text}
            </Anchor>{' '}
            <Code>{path}</Code>
          </Text>
        ))}
      </Stack>
    </Panel>
  </Stack>
)
