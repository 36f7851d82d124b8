import { ApplicationFlags } from 'discord-api-types/v10';
import { userPayload } from '../payloads.ts';
import type { Application } from '../records.ts';
import type { World } from '../world.ts';
import { botOf, json, type Call, type Route } from './call.ts';

export const applicationRoutes: Route[] = [{ method: 'GET', path: '/applications/@me', handle: getOwnApplication }];

function getOwnApplication(call: Call) {
  return json(applicationPayload(call.world, botOf(call)));
}

function applicationPayload(world: World, application: Application): object {
  const owner = world.users.get(application.ownerId);
  const bot = world.users.get(application.botId);
  const guilds = [...world.guilds.values()].filter(({ members }) => members.has(application.botId));
  return {
    id: application.id,
    name: application.name,
    icon: null,
    description: '',
    summary: '',
    type: null,
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: application.publicKey,
    flags: applicationFlags(application),
    flags_new: String(applicationFlags(application)),
    team: null,
    eligible_oauth2_scopes: [],
    hook: true,
    storefront_available: false,
    is_monetized: false,
    is_verified: false,
    is_discoverable: false,
    tags: [],
    integration_types_config: { 0: {} },
    redirect_uris: application.redirectUris,
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    event_webhooks_status: 1,
    event_webhooks_types: [],
    approximate_guild_count: guilds.length,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    approval_state: 1,
    explicit_content_filter: 0,
    creator_monetization_state: 1,
    verification_state: 1,
    ...(owner && { owner: userPayload(owner) }),
    ...(bot && { bot: userPayload(bot) }),
  };
}

/** The portal's privileged intents show as the flags of an application in few guilds. */
export function applicationFlags({ portalIntents }: Application): number {
  const { guildMembers, presences, messageContent } = portalIntents;
  return (
    (guildMembers ? ApplicationFlags.GatewayGuildMembersLimited : 0) |
    (presences ? ApplicationFlags.GatewayPresenceLimited : 0) |
    (messageContent ? ApplicationFlags.GatewayMessageContentLimited : 0)
  );
}
