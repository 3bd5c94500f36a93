/**
 * Shapes of traffic: what a site's clients, addresses and targets are like. Loading is measured on all of them, because what is
 * fast for one may be slow for another: how often a value comes again decides what a column costs.
 */

type Next = () => number;

export interface Shape {
  name: string;
  description: string;
  /** Target groups, of four kinds in turn, and their pods. */
  groups: number;
  replicas: number;
  /** Distinct client addresses; null is a new one for each connection. */
  clients: number | null;
  /** Connections open at once at a node, and requests of one, on average. */
  connections: number;
  requests: number;
  /** Distinct user agents that come again. */
  agents: number;
  /** Share of connections of bots, whose agent is some 8 KB long and new. */
  bots: number;
  /** Share of connections of IPv6 clients. */
  ipv6: number;
  /** Share of requests with actions beyond `forward`: the firewall's, redirects, fixed responses. */
  actions: number;
  /** Paths by kind of target group: `#` is a number, `@` 22 hex digits, `~` a UUID. */
  routes: readonly (readonly string[])[];
  queries: readonly string[];
}

const SHOP: Shape = {
  name: 'shop',
  description: 'a shop: 20,000 clients that come again, 500 agents, 64 targets in 4 groups',
  groups: 4,
  replicas: 16,
  clients: 20_000,
  connections: 400,
  requests: 8,
  agents: 500,
  bots: 0,
  ipv6: 0,
  actions: 0,
  routes: [
    ['/api/v2/products', '/api/v2/products/#', '/api/v2/categories/#/products', '/search', '/'],
    ['/api/v1/cart/#/items', '/api/v1/orders', '/api/v1/orders/#/payment', '/checkout/step/shipping'],
    ['/i/#/#.webp', '/i/#/#.jpg', '/thumb/#.webp', '/upload/multipart'],
    ['/oauth2/token', '/oauth2/userinfo', '/v1/sessions/#', '/v1/users/#/preferences'],
  ],
  queries: [
    '',
    '',
    '?page=#&size=48&sort=price_asc',
    '?q=winter%20jacket&color=navy&page=#',
    '?utm_source=newsletter&utm_medium=email&utm_campaign=autumn-26&gclid=@',
    '?w=640&h=480&fit=cover&v=@',
    '?client_id=web&state=@@',
  ],
};

const API: Shape = {
  ...SHOP,
  name: 'api',
  description: 'an internal API: 40 clients, 12 agents, long connections, 24 targets in 4 groups',
  replicas: 6,
  clients: 40,
  connections: 120,
  requests: 2000,
  agents: 12,
  routes: [
    ['/internal/stock/v3/levels/#', '/internal/stock/v3/reservations'],
    ['/internal/price/v1/quotes', '/internal/price/v1/rules/#'],
    ['/healthz', '/internal/events/v2/publish'],
    ['/internal/auth/introspect'],
  ],
  queries: ['', '', '', '?warehouse=#', '?fields=id,level,updated'],
};

const PUBLIC: Shape = {
  ...SHOP,
  name: 'public',
  description: 'a public site: new clients, ids in URLs, bots with agents of 8 KB, 240 targets in 4 groups',
  replicas: 60,
  clients: null,
  connections: 2000,
  requests: 1.6,
  agents: 400,
  bots: 0.0005,
  ipv6: 0.1,
  routes: [
    ['/a/~', '/a/~/related/#', '/article/#/@', '/amp/~?ref=@'],
    ['/u/~/feed', '/u/~/likes/~', '/session/@@'],
    ['/media/~/@.webp', '/media/~/@.mp4'],
    ['/t/@/collect', '/t/@/pixel.gif'],
  ],
  queries: ['?sid=~', '?sid=~&t=#', '?token=@@@@', '?cursor=@@&n=#', ''],
};

const WIDE: Shape = {
  ...SHOP,
  name: 'wide',
  description: 'many services: 1,000 targets in 50 groups, IPv6 clients, a firewall, redirects',
  groups: 50,
  replicas: 20,
  clients: 200_000,
  connections: 900,
  requests: 20,
  agents: 1500,
  bots: 0,
  ipv6: 0.6,
  actions: 0.2,
};

/** The three of the bars, then the shop, which they have not been made for. */
export const SHAPES: readonly Shape[] = [API, PUBLIC, WIDE, SHOP];

/** Throws for an unknown name. */
export function shapeOf(name: string): Shape {
  const found = SHAPES.find((shape) => shape.name === name);
  if (!found) throw new Error(`no shape ${name}: one of ${SHAPES.map((shape) => shape.name).join(', ')}`);
  return found;
}

/** Returns an address of a client. */
export function makeClient(next: Next, isV6: boolean): string {
  if (!isV6) return [11 + next() * 190, next() * 255, next() * 255, 1 + next() * 253].map(Math.floor).join('.');
  const words = Array.from({ length: 6 }, () => Math.floor(next() * 0x10000).toString(16));
  return `2001:db8:${words.join(':')}`;
}
