import { fileURLToPath } from 'node:url';
import { Router } from 'express';

/** The parts of the page, by the path they are served at. Nothing else of the folder is. */
const files: Record<string, string> = {
  '/': import.meta.resolve('./page/index.html'),
  '/theme.css': import.meta.resolve('./page/theme.css'),
  '/message.css': import.meta.resolve('./page/message.css'),
  '/page.css': import.meta.resolve('./page/page.css'),
  '/answers.js': import.meta.resolve('./page/answers.js'),
  '/api.js': import.meta.resolve('./page/api.js'),
  '/commands.js': import.meta.resolve('./page/commands.js'),
  '/command-list.js': import.meta.resolve('./page/command-list.js'),
  '/dom.js': import.meta.resolve('./page/dom.js'),
  '/main.js': import.meta.resolve('./page/main.js'),
  '/markdown.js': import.meta.resolve('./page/markdown.js'),
  '/members.js': import.meta.resolve('./page/members.js'),
  '/message.js': import.meta.resolve('./page/message.js'),
  '/names.js': import.meta.resolve('./page/names.js'),
  '/wire.js': import.meta.resolve('./page/wire.js'),
};

/** The page at the control port: static files, all its data comes from /control. */
export function controlPage(): Router {
  const router = Router();
  for (const [path, url] of Object.entries(files)) {
    router.get(path, (_request, response) => {
      response.set({
        'Cache-Control': 'no-cache',
        'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
        'X-Content-Type-Options': 'nosniff',
      });
      response.sendFile(fileURLToPath(url));
    });
  }
  return router;
}
