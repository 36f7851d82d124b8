export interface VisitedPage {
  url: string;
  status: number;
  /** What can be read on it. */
  text: string;
}

/** A browser with a memory for cookies, one jar per origin. It follows redirects. */
export function createBrowser() {
  const jars = new Map<string, Map<string, string>>();

  function jarOf(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  }

  async function request(url: string, form?: Record<string, string>): Promise<Response> {
    const jar = jarOf(url);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        'user-agent': 'Mozilla/5.0 (a member of the flying club)',
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', ...value] = line.split(';')[0]?.split('=') ?? [];
      jar.set(name, value.join('='));
    }
    return response;
  }

  return {
    /** Opens a page, or sends a form to it, and goes where that leads. */
    async visit(url: string, form?: Record<string, string>): Promise<VisitedPage> {
      let at = url;
      let response = await request(at, form);
      for (let hops = 0; hops < 10; hops += 1) {
        const location = response.headers.get('location');
        if (location === null) return { url: at, status: response.status, text: readable(await response.text()) };
        at = new URL(location, at).href;
        response = await request(at);
      }
      throw new Error(`${url} redirects in circles`);
    },
  };
}

function readable(page: string): string {
  return page
    .replace(/<(style|script)[^]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim();
}
