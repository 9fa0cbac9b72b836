// The theme: pine green for what can be clicked, stone greys for the rest, system fonts, dense layout.
// Contrasts meet AA (WCAG 2.2, 1.4.3) in both color schemes; test/console checks them with axe.

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const pine: MantineColorsTuple = [
  '#edf9f4',
  '#d6f1e6',
  '#aee3cf',
  '#80d3b5',
  '#4fbc98',
  '#2b9c7d',
  '#178066',
  '#14705a',
  '#0f5a49',
  '#0b4539',
]

const stone: MantineColorsTuple = [
  '#fafaf8',
  '#f3f3f0',
  '#e8e8e3',
  '#dadad4',
  '#c3c4bd',
  '#a0a29b',
  '#73766f',
  '#5b5e58',
  '#3f423d',
  '#2a2c29',
]

const slate: MantineColorsTuple = [
  '#e3e6e4',
  '#c2c8c5',
  '#a0a8a4',
  '#747d79',
  '#3a423f',
  '#2b322f',
  '#212725',
  '#171c1a',
  '#111514',
  '#0c0f0e',
]

const red: MantineColorsTuple = [
  '#fff0ee',
  '#fddcd8',
  '#f8b7b0',
  '#f28d83',
  '#ea665b',
  '#dc4a40',
  '#c4372f',
  '#a82c26',
  '#88241f',
  '#691c19',
]

const yellow: MantineColorsTuple = [
  '#fff7e0',
  '#feedbd',
  '#fbdc86',
  '#f5c84f',
  '#eab62a',
  '#d9a21a',
  '#b98307',
  '#8f6206',
  '#704d05',
  '#573b04',
]

/** Modals and drawers. */
const DIALOG = {
  styles: { title: { fontWeight: 620, overflowWrap: 'anywhere' } },
  overlayProps: { backgroundOpacity: 0.4 },
  closeButtonProps: { 'aria-label': 'Close' },
} as const

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, gray: stone, dark: slate, red, yellow },
  black: '#1d211f',
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', comboboxProps: { shadow: 'md' } } },
    Modal: { defaultProps: { ...DIALOG, centered: true } },
    Drawer: { defaultProps: DIALOG },
    Textarea: { styles: { input: { paddingBlock: '0.4375rem' } } },
    Fieldset: { defaultProps: { mx: 0 } },
    Tooltip: {
      defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: false } },
    },
    Table: { defaultProps: { verticalSpacing: 'xs', horizontalSpacing: 'md' } },
  },
})

/** Color roles that Mantine lacks, for the style sheets of `parts/` and of pages. */
export const resolveVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fdfdfc',
    '--mantine-color-dimmed': stone[7],
    '--mantine-color-placeholder': stone[6],
    '--mantine-color-default-border': stone[3],
    '--mantine-color-anchor': pine[7],
    '--mantine-color-error': red[6],
    '--surface': '#ffffff',
    '--surface-sunken': stone[1],
    '--hairline': stone[2],
    '--accent-soft': pine[0],
    '--accent-text': pine[8],
    '--mantine-color-red-light-color': colors.red?.[7] ?? red[7],
    // Mantine's is too pale for small text on its own background.
    '--mantine-color-yellow-light-color': '#7a4f01',
  },
  dark: {
    '--mantine-color-dimmed': slate[2],
    '--mantine-color-placeholder': '#8b948f',
    '--mantine-color-anchor': pine[3],
    '--mantine-color-error': red[3],
    '--surface': slate[6],
    '--surface-sunken': slate[8],
    '--hairline': slate[5],
    '--accent-soft': '#173129',
    '--accent-text': pine[2],
  },
})
