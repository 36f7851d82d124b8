import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { OpenApiDocument } from '../openapi.ts';
import { only } from '../problem.ts';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>The API of Rolewright</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#swagger-ui', validatorUrl: null, deepLinking: true });
`;
const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/**
 * GET /api/openapi.json describes the API; GET /api/docs shows it. Nothing of it comes from elsewhere. They are no
 * operations: the document describes what is behind it, not itself.
 */
export function docsRoutes({ document }: { document: OpenApiDocument }): Router {
  const body = JSON.stringify(document);
  const router = Router();
  router
    .route('/api/openapi.json')
    .get((_req, res) => {
      res.type('json').send(body);
    })
    .all(only('GET', 'HEAD'));
  router.use('/api/docs', scripts());
  router
    .route('/api/docs')
    .get((_req, res) => {
      res.type('html').send(PAGE);
    })
    .all(only('GET', 'HEAD'));
  router.get('/api/docs/start.js', (_req, res) => {
    res.type('js').send(START);
  });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    router.use(`/api/docs/${file}`, express.static(`${ASSETS}/${file}`, { maxAge: '1d' }));
  }
  return router;
}

/** Swagger UI brings one script and one style, and draws its signs as data. */
function scripts(): RequestHandler {
  const directives = {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  };
  return helmet({ contentSecurityPolicy: { useDefaults: false, directives }, xFrameOptions: { action: 'deny' } });
}
