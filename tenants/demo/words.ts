// Vocabulary of the demo records. Names are invented; domains end in ".example" and phone numbers come from
// ranges reserved for fiction, so that no real person is ever written to or called.

const list = (text: string): readonly string[] => text.split(',').map((item) => item.trim())

export const FIRST_NAMES = list(`
  Ada, Amara, Anselm, Beatriz, Bjørn, Carmen, Chidi, Clara, Daniel, Elif, Émile, Farah, Felix, Giulia,
  Hana, Hugo, Imani, Ingrid, Jonas, Kaito, Katarzyna, Leila, Lukas, Mateo, Mei, Nadia, Noah, Olga, Priya,
  Rafael, Rosa, Samir, Sofia, Tariq, Thea, Tomás, Uma, Victor, Wanda, Zoë`)

export const LAST_NAMES = list(`
  Abara, Almeida, Andersen, Baptiste, Becker, Castellanos, Chen, Dubois, Eriksen, Fontaine, García,
  Haddad, Hofmann, Ibáñez, Iyer, Jansen, Kaya, Kowalski, Larsen, Lindqvist, Marchetti, Mbeki, Moreau,
  Nakamura, Novák, O'Connor, Okafor, Papadaki, Petrov, Quinn, Rahman, Rossi, Sato, Schneider, Silva,
  Tanaka, van Dijk, Weiß, Yilmaz, Zieliński`)

export const COMPANY_STEMS = list(`
  Alder, Amber, Beacon, Birch, Bluefin, Bright, Cedar, Cinder, Clear, Cobalt, Copper, Ember, Falcon,
  Fern, Granite, Harbor, Hazel, Iron, Juniper, Lantern, Linden, Maple, Meridian, North, Orchard, Pine,
  River, Silver, Stone, Willow`)

export const COMPANY_ENDINGS = list(`
  Analytics, Biotech, Capital, Energy, Foods, Freight, Health, Labs, Logistics, Materials, Mobility,
  Robotics, Software, Studio, Textiles, Works`)

export const JOB_TITLES = list(`
  Account Executive, Chief Executive Officer, Chief Financial Officer, Chief Technology Officer,
  Customer Success Lead, Data Engineer, Facilities Manager, General Counsel, Head of Marketing,
  Head of Operations, Head of People, Head of Procurement, Head of Sales, IT Manager, Office Manager,
  Product Designer, Product Manager, Project Manager, Sales Representative, Software Engineer`)

interface DemoPlace {
  readonly city: string
  readonly state: string | null
  readonly postcode: string
  readonly country: string
  readonly countryCode: string
  readonly lat: number
  readonly lng: number
  readonly currency: string
  readonly streets: readonly string[]
  readonly callingCode: string
  /** Prefix of the fictional numbers there; the rest is digits. */
  readonly phonePrefix: string
  readonly phoneDigits: number
}

const place = (
  [city, state, postcode]: readonly [string, string | null, string],
  [country, countryCode, currency]: readonly [string, string, string],
  [lat, lng]: readonly [number, number],
  [callingCode, phonePrefix, phoneDigits]: readonly [string, string, number],
  streets: readonly string[],
): DemoPlace => ({
  city,
  state,
  postcode,
  country,
  countryCode,
  currency,
  lat,
  lng,
  callingCode,
  phonePrefix,
  phoneDigits,
  streets,
})

export const PLACES: readonly DemoPlace[] = [
  place(
    ['Berlin', null, '10115'],
    ['Germany', 'DE', 'EUR'],
    [52.53, 13.38],
    ['+49', '3023125', 3],
    ['Gartenstraße', 'Ackerstraße', 'Invalidenstraße'],
  ),
  place(
    ['Hamburg', null, '20095'],
    ['Germany', 'DE', 'EUR'],
    [53.55, 10.0],
    ['+49', '4066969', 3],
    ['Mönckebergstraße', 'Steinstraße'],
  ),
  place(
    ['Paris', null, '75011'],
    ['France', 'FR', 'EUR'],
    [48.86, 2.38],
    ['+33', '19900', 4],
    ['Rue Oberkampf', 'Boulevard Voltaire'],
  ),
  place(
    ['Lyon', null, '69002'],
    ['France', 'FR', 'EUR'],
    [45.75, 4.83],
    ['+33', '46571', 4],
    ['Rue Mercière', 'Cours Charlemagne'],
  ),
  place(
    ['London', null, 'EC1V 2NX'],
    ['United Kingdom', 'GB', 'GBP'],
    [51.53, -0.09],
    ['+44', '2079460', 3],
    ['City Road', 'Old Street'],
  ),
  place(
    ['Manchester', null, 'M1 2WD'],
    ['United Kingdom', 'GB', 'GBP'],
    [53.48, -2.23],
    ['+44', '1614960', 3],
    ['Dale Street', 'Lever Street'],
  ),
  place(
    ['New York', 'NY', '10013'],
    ['United States', 'US', 'USD'],
    [40.72, -74.0],
    ['+1', '21255501', 2],
    ['Canal Street', 'Hudson Street'],
  ),
  place(
    ['Austin', 'TX', '78701'],
    ['United States', 'US', 'USD'],
    [30.27, -97.74],
    ['+1', '51255501', 2],
    ['Congress Avenue', 'Brazos Street'],
  ),
  place(
    ['San Francisco', 'CA', '94107'],
    ['United States', 'US', 'USD'],
    [37.78, -122.39],
    ['+1', '41555501', 2],
    ['Brannan Street', 'Townsend Street'],
  ),
  place(
    ['Toronto', 'ON', 'M5V 2T6'],
    ['Canada', 'CA', 'CAD'],
    [43.65, -79.39],
    ['+1', '41655501', 2],
    ['King Street West', 'Spadina Avenue'],
  ),
  place(
    ['Sydney', 'NSW', '2000'],
    ['Australia', 'AU', 'AUD'],
    [-33.87, 151.21],
    ['+61', '27010', 4],
    ['George Street', 'Pitt Street'],
  ),
  place(
    ['Melbourne', 'VIC', '3000'],
    ['Australia', 'AU', 'AUD'],
    [-37.81, 144.96],
    ['+61', '37010', 4],
    ['Collins Street', 'Flinders Lane'],
  ),
]

export const DEALS = list(`
  annual licence, data migration, expansion to a second site, fleet renewal, framework contract,
  pilot project, premium support, renewal, security review, staff training, starter package,
  warehouse roll-out`)

export const NOTES: readonly (readonly [title: string, body: string])[] = [
  ['First call', 'Friendly first call. They compare three vendors and want to decide this quarter.'],
  ['Budget', 'The budget is approved up to the amount we discussed. Anything above needs the board.'],
  [
    'Technical questions',
    'Asked about single sign-on, data residency and how exports work. Sent the documents.',
  ],
  ['After the demo', 'The demo went well. The reporting part convinced the finance team most.'],
  ['Contract', 'Legal wants a shorter notice period. We can live with three months.'],
  ['Reference wanted', 'They would like to speak with a customer of the same size before they sign.'],
  ['Change of contact', 'Our contact moves to another team; the successor has been introduced by e-mail.'],
  ['Site visit', 'Visited the site. More users than expected, so the larger plan makes sense.'],
]

export const TASKS: readonly (readonly [title: string, body: string])[] = [
  ['Send the proposal', 'Include the optional training days as a separate line.'],
  ['Call back', 'They asked for a call after lunch; the number is on the record.'],
  ['Prepare the demo', 'Use their own sample data, it is attached to the last e-mail.'],
  ['Check the invoice', 'The purchase order number was missing on the last one.'],
  ['Update the contract', 'Put in the new notice period and send it to legal.'],
  ['Introduce support', 'Write a short introduction and copy the support lead.'],
  ['Plan the kick-off', 'Two hours, on site if possible, with the operations team.'],
  ['Ask for a reference', 'They are happy since spring; ask whether they would take a call.'],
]

export const MEMBERS: readonly (readonly [firstName: string, lastName: string, jobTitle: string])[] = [
  ['Nora', 'Feldmann', 'Head of Sales'],
  ['Idris', 'Bello', 'Account Executive'],
  ['Camille', 'Roussel', 'Account Executive'],
  ['Marek', 'Dvořák', 'Customer Success Manager'],
  ['Yuki', 'Arai', 'Operations'],
]
