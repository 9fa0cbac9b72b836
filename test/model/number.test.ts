import test from 'ava'
import { derivedObjectNames } from '../../tenants/model/naturalNames.ts'
import { pluralOf, singularOf } from '../../tenants/model/number.ts'

/** singular:plural */
const NOUNS = `
  bookie:bookies lingerie:lingeries
  cookie:cookies movie:movies tie:ties pie:pies lie:lies zombie:zombies genie:genies calorie:calories
  prairie:prairies brownie:brownies rookie:rookies hoodie:hoodies selfie:selfies smoothie:smoothies
  newbie:newbies goalie:goalies sortie:sorties freebie:freebies pixie:pixies magpie:magpies
  necktie:neckties collie:collies veggie:veggies roadie:roadies techie:techies foodie:foodies
  birdie:birdies canvas:canvases lens:lenses atlas:atlases gas:gases alias:aliases bias:biases
  pancreas:pancreases sms:smses mms:mmses dns:dnses gps:gpses os:oses ios:ioses cms:cmses vps:vpses
  irs:irses bus:buses status:statuses virus:viruses bonus:bonuses campus:campuses census:censuses
  circus:circuses chorus:choruses focus:focuses prospectus:prospectuses surplus:surpluses plus:pluses
  minus:minuses sinus:sinuses walrus:walruses lotus:lotuses apparatus:apparatuses syllabus:syllabuses
  octopus:octopuses platypus:platypuses genius:geniuses hiatus:hiatuses nexus:nexuses opus:opuses
  thesaurus:thesauruses torus:toruses consensus:consensuses cactus:cacti fungus:fungi nucleus:nuclei
  radius:radii stimulus:stimuli alumnus:alumni locus:loci corpus:corpora genus:genera menu:menus
  guru:gurus cpu:cpus gpu:gpus sku:skus haiku:haikus plateau:plateaus bureau:bureaus
  analysis:analyses crisis:crises thesis:theses hypothesis:hypotheses parenthesis:parentheses
  synthesis:syntheses diagnosis:diagnoses prognosis:prognoses synopsis:synopses oasis:oases axis:axes
  emphasis:emphases ellipsis:ellipses neurosis:neuroses metamorphosis:metamorphoses
  paralysis:paralyses catalysis:catalyses nemesis:nemeses genesis:geneses prosthesis:prostheses
  iris:irises api:apis uri:uris wiki:wikis emoji:emojis taxi:taxis ski:skis kpi:kpis gui:guis
  safari:safaris alibi:alibis poi:pois address:addresses process:processes class:classes boss:bosses
  business:businesses access:accesses pass:passes glass:glasses loss:losses mass:masses dress:dresses
  witness:witnesses fitness:fitnesses princess:princesses compass:compasses progress:progresses
  success:successes match:matches batch:batches branch:branches church:churches switch:switches
  dispatch:dispatches sketch:sketches search:searches cache:caches niche:niches ache:aches
  headache:headaches avalanche:avalanches cliche:cliches psyche:psyches brush:brushes crash:crashes
  dish:dishes hash:hashes wish:wishes push:pushes box:boxes tax:taxes fax:faxes fox:foxes mix:mixes
  fix:fixes prefix:prefixes suffix:suffixes complex:complexes inbox:inboxes mailbox:mailboxes
  vertex:vertices matrix:matrices appendix:appendices vortex:vortices codex:codices quiz:quizzes
  buzz:buzzes waltz:waltzes size:sizes prize:prizes maze:mazes breeze:breezes hero:heroes
  potato:potatoes tomato:tomatoes echo:echoes veto:vetoes torpedo:torpedoes embargo:embargoes
  volcano:volcanoes mosquito:mosquitoes cargo:cargoes photo:photos video:videos logo:logos memo:memos
  piano:pianos radio:radios studio:studios portfolio:portfolios ratio:ratios scenario:scenarios
  zero:zeros repo:repos demo:demos promo:promos todo:todos auto:autos euro:euros kilo:kilos
  tempo:tempos casino:casinos audio:audios shoe:shoes toe:toes canoe:canoes foe:foes oboe:oboes
  horseshoe:horseshoes life:lives wife:wives knife:knives leaf:leaves shelf:shelves half:halves
  wolf:wolves thief:thieves elf:elves calf:calves loaf:loaves scarf:scarves self:selves
  belief:beliefs chief:chiefs roof:roofs proof:proofs brief:briefs tariff:tariffs cliff:cliffs
  staffing:staffings handkerchief:handkerchiefs glove:gloves valve:valves curve:curves wave:waves
  cave:caves archive:archives drive:drives olive:olives native:natives alternative:alternatives
  objective:objectives directive:directives executive:executives representative:representatives
  incentive:incentives initiative:initiatives move:moves sleeve:sleeves nerve:nerves slave:slaves
  stove:stoves reserve:reserves relative:relatives motive:motives house:houses case:cases
  database:databases use:uses cause:causes clause:clauses phrase:phrases phase:phases
  purchase:purchases lease:leases release:releases course:courses horse:horses nurse:nurses
  purse:purses response:responses expense:expenses license:licenses licence:licences sense:senses
  defense:defenses promise:promises exercise:exercises franchise:franchises enterprise:enterprises
  surprise:surprises voice:voices rose:roses nose:noses dose:doses purpose:purposes disease:diseases
  increase:increases warehouse:warehouses spouse:spouses pause:pauses excuse:excuses fuse:fuses
  abuse:abuses base:bases person:people man:men woman:women child:children mouse:mice louse:lice
  goose:geese tooth:teeth foot:feet ox:oxen salesman:salesmen criterion:criteria phenomenon:phenomena
  bacterium:bacteria stadium:stadiums forum:forums album:albums museum:museums medium:mediums
  datum:datums curriculum:curriculums memorandum:memorandums addendum:addenda referendum:referendums
  stratum:strata schema:schemas agenda:agendas formula:formulas camera:cameras quota:quotas
  area:areas idea:ideas antenna:antennas persona:personas larva:larvae alga:algae nebula:nebulas
  company:companies country:countries category:categories city:cities baby:babies lady:ladies
  story:stories history:histories query:queries entry:entries activity:activities
  opportunity:opportunities currency:currencies policy:policies party:parties study:studies
  library:libraries inventory:inventories delivery:deliveries reply:replies supply:supplies
  industry:industries facility:facilities property:properties priority:priorities strategy:strategies
  diary:diaries dictionary:dictionaries gallery:galleries battery:batteries factory:factories
  enemy:enemies family:families penny:pennies army:armies navy:navies body:bodies copy:copies
  proxy:proxies galaxy:galaxies key:keys day:days boy:boys toy:toys monkey:monkeys survey:surveys
  journey:journeys valley:valleys attorney:attorneys turkey:turkeys essay:essays display:displays
  holiday:holidays guy:guys colloquy:colloquies soliloquy:soliloquies invoice:invoices price:prices
  device:devices service:services office:offices notice:notices practice:practices slice:slices
  choice:choices resource:resources source:sources sequence:sequences reference:references
  preference:preferences difference:differences page:pages image:images message:messages
  package:packages language:languages stage:stages change:changes range:ranges badge:badges
  judge:judges bridge:bridges edge:edges college:colleges article:articles vehicle:vehicles
  role:roles rule:rules file:files table:tables variable:variables schedule:schedules module:modules
  example:examples title:titles template:templates candidate:candidates state:states date:dates
  rate:rates site:sites website:websites note:notes vote:votes quote:quotes attribute:attributes
  minute:minutes type:types recipe:recipes tree:trees employee:employees fee:fees
  committee:committees knee:knees degree:degrees refugee:refugees value:values queue:queues
  issue:issues venue:venues league:leagues catalogue:catalogues avenue:avenues technique:techniques
  theatre:theatres centre:centres signature:signatures feature:features picture:pictures
  measure:measures score:scores store:stores core:cores genre:genres timeline:timelines
  machine:machines engine:engines zone:zones phone:phones drone:drones name:names theme:themes
  time:times volume:volumes game:games frame:frames cow:cows window:windows view:views review:reviews
  interview:interviews workflow:workflows law:laws order:orders user:users customer:customers
  member:members number:numbers parameter:parameters newsletter:newsletters chapter:chapters
  folder:folders server:servers driver:drivers car:cars bar:bars doctor:doctors author:authors
  color:colors error:errors sensor:sensors vendor:vendors creditor:creditors project:projects
  product:products contact:contacts contract:contracts event:events account:accounts payment:payments
  document:documents department:departments comment:comments appointment:appointments
  student:students client:clients agent:agents component:components patient:patients plant:plants
  tenant:tenants merchant:merchants point:points list:lists artist:artists test:tests
  request:requests guest:guests post:posts cost:costs host:hosts asset:assets ticket:tickets
  budget:budgets market:markets target:targets bucket:buckets packet:packets outlet:outlets
  street:streets sheet:sheets unit:units visit:visits credit:credits audit:audits deposit:deposits
  permit:permits commit:commits limit:limits fruit:fruits suit:suits circuit:circuits kit:kits
  chat:chats seat:seats boat:boats format:formats habitat:habitats report:reports airport:airports
  export:exports sport:sports part:parts chart:charts cart:carts shirt:shirts task:tasks risk:risks
  disk:disks desk:desks book:books link:links bank:banks rank:ranks stock:stocks block:blocks
  lock:locks truck:trucks check:checks track:tracks back:backs network:networks framework:frameworks
  mark:marks park:parks week:weeks tag:tags flag:flags blog:blogs log:logs dog:dogs catalog:catalogs
  meeting:meetings booking:bookings setting:settings building:buildings listing:listings
  rating:ratings pricing:pricings thing:things string:strings song:songs lead:leads brand:brands
  friend:friends fund:funds refund:refunds field:fields word:words record:records card:cards
  board:boards dashboard:dashboards ward:wards award:awards bed:beds feed:feeds ad:ads id:ids
  pod:pods period:periods method:methods team:teams item:items system:systems problem:problems
  form:forms platform:platforms room:rooms film:films farm:farms claim:claims exam:exams
  program:programs stream:streams plan:plans season:seasons lesson:lessons reason:reasons
  location:locations transaction:transactions subscription:subscriptions notification:notifications
  permission:permissions version:versions session:sessions region:regions station:stations
  question:questions campaign:campaigns sign:signs coupon:coupons token:tokens screen:screens
  garden:gardens citizen:citizens loan:loans train:trains domain:domains chain:chains shop:shops
  group:groups map:maps app:apps ship:ships relationship:relationships membership:memberships
  trip:trips tip:tips step:steps workshop:workshops channel:channels model:models label:labels
  level:levels hotel:hotels panel:panels parcel:parcels travel:travels deal:deals goal:goals
  hospital:hospitals material:materials animal:animals journal:journals school:schools tool:tools
  pool:pools skill:skills bill:bills cell:cells email:emails detail:details mail:mails url:urls
  girl:girls vessel:vessels bass:basses cross:crosses yes:yeses summons:summonses cosmos:cosmoses
  rhinoceros:rhinoceroses thermos:thermoses trellis:trellises penis:penises
  index:indices vertebra:vertebrae salesPerson:salesPeople orderLine:orderLines
  mediaCache:mediaCaches userStatus:userStatuses
`
  .trim()
  .split(/\s+/)
  .map((pair) => pair.split(':') as [string, string])

const UNCOUNTABLE = [
  'news',
  'data',
  'series',
  'species',
  'media',
  'information',
  'equipment',
  'sheep',
  'physics',
  'sensorData',
]

test('English nouns go from one number to the other and back, and stay in the number that they have', (t) => {
  for (const [singular, plural] of NOUNS) {
    t.is(pluralOf(singular), plural)
    t.is(singularOf(plural), singular)
    t.is(singularOf(singular), singular)
    t.is(pluralOf(plural), plural)
  }
})

test('a table is called alike in either number', (t) => {
  for (const [singular, plural] of NOUNS) {
    const names = { nameSingular: singular, namePlural: plural }
    const derived = derivedObjectNames(plural)
    // "search" and "user status" do not get names of their own.
    if (derived.unmet !== null) continue
    t.deepEqual(derived.names, names)
    t.deepEqual(derivedObjectNames(singular).names, names)
  }
})

test('a noun with one form for both numbers is the plural, and an item of it the singular', (t) => {
  for (const word of UNCOUNTABLE) {
    t.is(singularOf(word), word)
    t.deepEqual(derivedObjectNames(word).names, { nameSingular: `${word}Item`, namePlural: word })
  }
})
