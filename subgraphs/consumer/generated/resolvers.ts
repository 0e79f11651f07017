import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type ResolverFn<TResult, TParent, TContext, TArgs> = Omit<import("../../runtime/domain-resolvers.ts").FieldResolver, "resolve"> & {
  readonly resolve: (
    parent: TParent extends object ? import("../../runtime/domain-resolvers.ts").ResolverParent : never,
    args: TArgs,
    context: TContext,
    info: GraphQLResolveInfo,
  ) => Promise<TResult> | TResult;
}
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A count or a sum of integers: may pass 2^31, so it is not Int. Same form as Long. */
  Count: { input: number; output: number; }
  /** UTC instant. Written and read as ISO-8601 text; kept in milliseconds. */
  DateTime: { input: string; output: string; }
  _FieldSet: { input: unknown; output: unknown; }
};

/** Which stores must include a published event before it is answered. */
export type Acknowledge =
  /** Time series and rankings, too: within about two seconds. */
  | 'ALL'
  /** The entities' current values and recent events. */
  | 'STATE';

/** What a person did with an item. */
export type Behavior =
  /** Bought. */
  | 'buy'
  /** Put into the cart. */
  | 'cart'
  /** Marked as a favourite. */
  | 'fav'
  /** Page view. */
  | 'pv';

/** How a person came to register. */
export type Channel =
  | 'app'
  | 'referral'
  | 'web';

/** A person, under any account or device. */
export type Consumer = {
  /** What the person did, by time bucket. */
  readonly activity: ReadonlyArray<ConsumerActivity>;
  /** How interested the person is in buying, from 0 to 1: computed in subgraphs/consumer/resolvers.ts from the counters. */
  readonly buyingIntent: Scalars['Float']['output'];
  readonly carts: Scalars['Count']['output'];
  readonly city?: Maybe<Scalars['String']['output']>;
  readonly favourites: Scalars['Count']['output'];
  readonly firstSeenAt?: Maybe<Scalars['DateTime']['output']>;
  readonly id: Scalars['ID']['output'];
  readonly lastBehavior?: Maybe<Behavior>;
  readonly lastSeenAt?: Maybe<Scalars['DateTime']['output']>;
  readonly purchases: Scalars['Count']['output'];
  /** What the person did last, newest first. */
  readonly recent: UserBehaviorConnection;
  readonly registeredAt?: Maybe<Scalars['DateTime']['output']>;
  readonly views: Scalars['Count']['output'];
  /** Page views in the last 24 hours. */
  readonly viewsLastDay: Scalars['Count']['output'];
};


/** A person, under any account or device. */
export type ConsumerActivityArgs = {
  every: Interval;
  from: Scalars['DateTime']['input'];
  to?: InputMaybe<Scalars['DateTime']['input']>;
};


/** A person, under any account or device. */
export type ConsumerRecentArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What one person did in one bucket. */
export type ConsumerActivity = {
  readonly bucket: Scalars['DateTime']['output'];
  readonly carts: Scalars['Count']['output'];
  readonly favourites: Scalars['Count']['output'];
  readonly purchases: Scalars['Count']['output'];
  readonly views: Scalars['Count']['output'];
};

/** The bucket sizes of time series. Buckets are aligned to UTC. */
export type Interval =
  | 'DAY'
  | 'HOUR'
  | 'MINUTE';

/** Resolved by the domains that know more of it. */
export type Item = {
  readonly id: Scalars['ID']['output'];
};

/** A person opened an account. */
export type MemberRegistered = {
  readonly channel: Channel;
  readonly city?: Maybe<Scalars['String']['output']>;
  readonly deviceId?: Maybe<Scalars['ID']['output']>;
  readonly memberId: Scalars['ID']['output'];
  readonly registrationId: Scalars['ID']['output'];
  readonly ts: Scalars['DateTime']['output'];
};

/** To publish: A person opened an account. */
export type MemberRegisteredInput = {
  readonly channel?: InputMaybe<Channel>;
  readonly city?: InputMaybe<Scalars['String']['input']>;
  readonly deviceId?: InputMaybe<Scalars['ID']['input']>;
  readonly memberId: Scalars['ID']['input'];
  /** Identifies the event; made up, if left out. */
  readonly registrationId?: InputMaybe<Scalars['ID']['input']>;
  /** When it happened; now, if left out. */
  readonly ts?: InputMaybe<Scalars['DateTime']['input']>;
};

export type Mutation = {
  /** Publishes one MemberRegistered. Answers when reads of the stores that `acknowledge` names see its effect. */
  readonly publishMemberRegistered: PublishPayload;
  /** Publishes one UserBehavior. Answers when reads of the stores that `acknowledge` names see its effect. */
  readonly publishUserBehavior: PublishPayload;
};


export type MutationPublishMemberRegisteredArgs = {
  acknowledge?: Acknowledge;
  event: MemberRegisteredInput;
};


export type MutationPublishUserBehaviorArgs = {
  acknowledge?: Acknowledge;
  event: UserBehaviorInput;
};

/** Where a page stands in its list. */
export type PageInfo = {
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  readonly hasNextPage: Scalars['Boolean']['output'];
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** What became of a published event. */
export type PublishPayload = {
  /** Reads at or after this cursor include the event. */
  readonly cursor: Scalars['String']['output'];
  readonly eventId: Scalars['ID']['output'];
};

export type Query = {
  /** One Consumer by its id, or by `device:…`. Null if it was never seen. */
  readonly consumer?: Maybe<Consumer>;
};


export type QueryConsumerArgs = {
  id: Scalars['ID']['input'];
};

export type Subscription = {
  /** Sends the Consumer after each change of it. A slow reader gets the newest state. */
  readonly consumerChanged: Consumer;
};


export type SubscriptionConsumerChangedArgs = {
  id: Scalars['ID']['input'];
};

/** What people do with items. One line per page view, cart, favourite or purchase. */
export type UserBehavior = {
  readonly behavior: Behavior;
  readonly categoryId?: Maybe<Scalars['ID']['output']>;
  readonly deviceId?: Maybe<Scalars['ID']['output']>;
  readonly eventId: Scalars['ID']['output'];
  readonly item: Item;
  readonly itemId: Scalars['ID']['output'];
  readonly ts: Scalars['DateTime']['output'];
  readonly userId: Scalars['ID']['output'];
};

/** A page of UserBehavior events, newest first. */
export type UserBehaviorConnection = {
  readonly edges: ReadonlyArray<UserBehaviorEdge>;
  readonly pageInfo: PageInfo;
};

export type UserBehaviorEdge = {
  /** Stands for this place in the list: give it as `after` to read what is older. */
  readonly cursor: Scalars['String']['output'];
  readonly node: UserBehavior;
};

/** To publish: What people do with items. One line per page view, cart, favourite or purchase. */
export type UserBehaviorInput = {
  readonly behavior: Behavior;
  readonly categoryId?: InputMaybe<Scalars['ID']['input']>;
  readonly deviceId?: InputMaybe<Scalars['ID']['input']>;
  /** Identifies the event; made up, if left out. */
  readonly eventId?: InputMaybe<Scalars['ID']['input']>;
  readonly itemId: Scalars['ID']['input'];
  /** When it happened; now, if left out. */
  readonly ts?: InputMaybe<Scalars['DateTime']['input']>;
  readonly userId: Scalars['ID']['input'];
};



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs>;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Consumer: Consumer;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Consumer:
    ( { __typename: 'Consumer' }
    & GraphQLRecursivePick<FederationTypes['Consumer'], {"id":true}> );
};



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Acknowledge: Acknowledge;
  Behavior: Behavior;
  Channel: Channel;
  Consumer: ResolverTypeWrapper<Consumer>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ConsumerActivity: ResolverTypeWrapper<ConsumerActivity>;
  Count: ResolverTypeWrapper<Scalars['Count']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Interval: Interval;
  Item: ResolverTypeWrapper<Item>;
  MemberRegistered: ResolverTypeWrapper<MemberRegistered>;
  MemberRegisteredInput: MemberRegisteredInput;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  PublishPayload: ResolverTypeWrapper<PublishPayload>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  UserBehavior: ResolverTypeWrapper<UserBehavior>;
  UserBehaviorConnection: ResolverTypeWrapper<UserBehaviorConnection>;
  UserBehaviorEdge: ResolverTypeWrapper<UserBehaviorEdge>;
  UserBehaviorInput: UserBehaviorInput;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Consumer: Consumer | FederationReferenceTypes['Consumer'];
  Float: Scalars['Float']['output'];
  String: Scalars['String']['output'];
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  ConsumerActivity: ConsumerActivity;
  Count: Scalars['Count']['output'];
  DateTime: Scalars['DateTime']['output'];
  Item: Item;
  MemberRegistered: MemberRegistered;
  MemberRegisteredInput: MemberRegisteredInput;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  PublishPayload: PublishPayload;
  Query: Record<PropertyKey, never>;
  Subscription: Record<PropertyKey, never>;
  UserBehavior: UserBehavior;
  UserBehaviorConnection: UserBehaviorConnection;
  UserBehaviorEdge: UserBehaviorEdge;
  UserBehaviorInput: UserBehaviorInput;
};

export type ConsumerResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['Consumer'] = ResolversParentTypes['Consumer'], FederationReferenceType extends FederationReferenceTypes['Consumer'] = FederationReferenceTypes['Consumer']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Consumer']> | FederationReferenceType, FederationReferenceType, ContextType>;
  activity?: Resolver<ReadonlyArray<ResolversTypes['ConsumerActivity']>, ParentType, ContextType, RequireFields<ConsumerActivityArgs, 'every' | 'from'>>;
  buyingIntent?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  carts?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  city?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  favourites?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  firstSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastBehavior?: Resolver<Maybe<ResolversTypes['Behavior']>, ParentType, ContextType>;
  lastSeenAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  purchases?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  recent?: Resolver<ResolversTypes['UserBehaviorConnection'], ParentType, ContextType, RequireFields<ConsumerRecentArgs, 'first'>>;
  registeredAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  views?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  viewsLastDay?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
};

export type ConsumerActivityResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['ConsumerActivity'] = ResolversParentTypes['ConsumerActivity']> = {
  bucket?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  carts?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  favourites?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  purchases?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
  views?: Resolver<ResolversTypes['Count'], ParentType, ContextType>;
};

export interface CountScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Count'], any> {
  name: 'Count';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type ItemResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['Item'] = ResolversParentTypes['Item']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type MemberRegisteredResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['MemberRegistered'] = ResolversParentTypes['MemberRegistered']> = {
  channel?: Resolver<ResolversTypes['Channel'], ParentType, ContextType>;
  city?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  deviceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  memberId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  registrationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  ts?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  publishMemberRegistered?: Resolver<ResolversTypes['PublishPayload'], ParentType, ContextType, RequireFields<MutationPublishMemberRegisteredArgs, 'acknowledge' | 'event'>>;
  publishUserBehavior?: Resolver<ResolversTypes['PublishPayload'], ParentType, ContextType, RequireFields<MutationPublishUserBehaviorArgs, 'acknowledge' | 'event'>>;
};

export type PageInfoResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PublishPayloadResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['PublishPayload'] = ResolversParentTypes['PublishPayload']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  consumer?: Resolver<Maybe<ResolversTypes['Consumer']>, ParentType, ContextType, RequireFields<QueryConsumerArgs, 'id'>>;
};

export type SubscriptionResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  consumerChanged?: SubscriptionResolver<ResolversTypes['Consumer'], "consumerChanged", ParentType, ContextType, RequireFields<SubscriptionConsumerChangedArgs, 'id'>>;
};

export type UserBehaviorResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['UserBehavior'] = ResolversParentTypes['UserBehavior']> = {
  behavior?: Resolver<ResolversTypes['Behavior'], ParentType, ContextType>;
  categoryId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  deviceId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  item?: Resolver<ResolversTypes['Item'], ParentType, ContextType>;
  itemId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  ts?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  userId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type UserBehaviorConnectionResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['UserBehaviorConnection'] = ResolversParentTypes['UserBehaviorConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['UserBehaviorEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type UserBehaviorEdgeResolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext, ParentType extends ResolversParentTypes['UserBehaviorEdge'] = ResolversParentTypes['UserBehaviorEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['UserBehavior'], ParentType, ContextType>;
};

export type Resolvers<ContextType = import("../../runtime/domain-resolvers.ts").ResolverContext> = {
  Consumer?: ConsumerResolvers<ContextType>;
  ConsumerActivity?: ConsumerActivityResolvers<ContextType>;
  Count?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Item?: ItemResolvers<ContextType>;
  MemberRegistered?: MemberRegisteredResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  PublishPayload?: PublishPayloadResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  UserBehavior?: UserBehaviorResolvers<ContextType>;
  UserBehaviorConnection?: UserBehaviorConnectionResolvers<ContextType>;
  UserBehaviorEdge?: UserBehaviorEdgeResolvers<ContextType>;
};

