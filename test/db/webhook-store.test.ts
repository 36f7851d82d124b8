import { expect, it } from 'vitest';
import { after, noon, openStores } from '../support/stores.ts';

it('a webhook is taken once, until it is forgotten', async () => {
  const { webhooks } = await openStores();
  expect(await webhooks.take('msg_1', after(60))).toBe(true);
  expect(await webhooks.take('msg_1', after(90))).toBe(false);
  expect(await webhooks.take('msg_2', after(90))).toBe(true);
  await webhooks.purgeExpired(noon);
  expect(await webhooks.take('msg_1', after(60))).toBe(false);
  await webhooks.purgeExpired(after(60));
  expect(await webhooks.take('msg_1', after(120))).toBe(true);
  expect(await webhooks.take('msg_2', after(120))).toBe(false);
});

it('of a hundred who bring one webhook at once, one gets it', async () => {
  const { webhooks } = await openStores();
  const taken = await Promise.all(Array.from({ length: 100 }, () => webhooks.take('msg_1', after(60))));
  expect(taken.filter(Boolean)).toHaveLength(1);
});
