-- Claims that replace (frequency 7) or void (8) another, each with the claims of the same member, provider, setting and
-- payer that it ends; one that does not name its provider or payer may be of any. original_key is null where none of
-- them was supplied, and unmatched then says why. The payer's number of
-- the original names it, or the biller's own; a number that several claims bear, as that of a patient's account, with
-- the days of service; so do numbers that differ in the version at their end alone, such as 5001-00 and 5001-01.
-- Numbers are the same with other hyphens, spaces and case. Of several corrections of one claim the one written last
-- counts; where they do not both say when, the one read last, and is_by_reading says so.

with

correcting_members as (

    select distinct claim_lines.member_id
    from claim_lines
    where claim_lines.claim_frequency in ('7', '8')

),

claims as (

    select
        claim_lines.claim_id,
        claim_lines.member_id,
        claim_lines.setting,
        case when claim_lines.billing_npi <> '' then claim_lines.billing_npi else claim_lines.submitter_id end
            as provider,
        claim_lines.claim_frequency,
        claim_lines.original_claim_id,
        -- What a claim that corrects none names is the payer's number of its own, as in a payer's copies of claims.
        case
            when claim_lines.payer_claim_number = '' and claim_lines.claim_frequency not in ('7', '8')
                then claim_lines.original_claim_id
            else claim_lines.payer_claim_number
        end as payer_claim_number,
        case
            when claim_lines.patient_account_number <> '' then claim_lines.patient_account_number
            else claim_lines.claim_id
        end as account,
        max(claim_lines.line_of_business) as payer,
        min(claim_lines.written_at) as written_at,
        min(claim_lines.service_date) as first_service,
        max(coalesce(claim_lines.last_service_date, claim_lines.service_date)) as last_service
    from claim_lines
    inner join correcting_members on claim_lines.member_id = correcting_members.member_id
    group by
        claim_lines.claim_id, claim_lines.member_id, claim_lines.setting, claim_lines.billing_npi,
        claim_lines.submitter_id, claim_lines.claim_frequency, claim_lines.original_claim_id,
        claim_lines.payer_claim_number, claim_lines.patient_account_number

),

versions as (

    select
        claims.*,
        case
            when
                length(claims.account) > 5
                and substr(claims.account, length(claims.account) - 2, 1) in ('-', '_', '.', '/')
                and substr(claims.account, length(claims.account) - 1, 1) between '0' and '9'
                and substr(claims.account, length(claims.account), 1) between '0' and '9'
                then substr(claims.account, 1, length(claims.account) - 3)
            when
                length(claims.account) > 4
                and substr(claims.account, length(claims.account) - 1, 1) in ('A', 'R', 'V')
                and substr(claims.account, length(claims.account), 1) between '0' and '9'
                then substr(claims.account, 1, length(claims.account) - 2)
            else claims.account
        end as versioned_account
    from claims

),

spelled as (

    select
        versions.*,
        replace(replace(upper(versions.original_claim_id), '-', ''), ' ', '') as original_spelled,
        replace(replace(upper(versions.claim_id), '-', ''), ' ', '') as claim_spelled,
        replace(replace(upper(versions.account), '-', ''), ' ', '') as account_spelled,
        replace(replace(upper(versions.payer_claim_number), '-', ''), ' ', '') as payer_spelled
    from versions

),

-- Where claims say when they were written that is their order. Keys of one number are given out as the claims are read:
-- a longer one is a later one.
placed_claims as (

    select
        spelled.*,
        substr(spelled.account, length(spelled.versioned_account) + 1) as version,
        length(spelled.original_spelled) > 5 as may_be_respelled,
        row_number() over (
            partition by spelled.member_id, spelled.setting
            order by spelled.written_at, length(spelled.claim_id), spelled.claim_id
        ) as place
    from spelled

),

candidates as (

    select
        later.claim_id,
        later.claim_frequency,
        later.place,
        earlier.claim_id as original_key,
        earlier.claim_frequency as original_frequency,
        earlier.place as original_place,
        earlier.provider as original_provider,
        case when later.provider = earlier.provider then 1 else 0 end as is_of_provider,
        case when later.account = earlier.account then 1 else 0 end as is_of_account,
        case
            when later.written_at = '' or earlier.written_at = '' then 0
            when substr(earlier.written_at, 1, 10) > substr(later.written_at, 1, 10) then 1
            else 0
        end as is_written_after,
        case
            when later.original_claim_id <> '' and later.original_claim_id = earlier.payer_claim_number then 5
            when later.may_be_respelled and later.original_spelled = earlier.payer_spelled then 4
            when later.original_claim_id <> '' and later.original_claim_id in (earlier.claim_id, earlier.account) then 3
            when
                later.may_be_respelled
                and later.original_spelled in (earlier.claim_spelled, earlier.account_spelled)
                then 2
            when later.account = earlier.account then 1
            else 0
        end as strength,
        case
            when earlier.first_service <= later.last_service and earlier.last_service >= later.first_service then 1
            else 0
        end as shares_days
    from placed_claims as later
    inner join placed_claims as earlier
        on
            later.member_id = earlier.member_id
            and (later.provider = earlier.provider or later.provider = '' or earlier.provider = '')
            and later.setting = earlier.setting
            and (later.payer = earlier.payer or later.payer = '' or earlier.payer = '')
            and later.claim_id <> earlier.claim_id
    where
        later.claim_frequency in ('7', '8')
        and earlier.claim_frequency <> '8'
        and (
            later.account = earlier.account
            or (later.versioned_account = earlier.versioned_account and later.version > earlier.version)
            or (
                later.original_claim_id <> ''
                and later.original_claim_id in (earlier.claim_id, earlier.account, earlier.payer_claim_number)
            )
            or (
                later.may_be_respelled
                and later.original_spelled
                in (earlier.claim_spelled, earlier.account_spelled, earlier.payer_spelled)
            )
        )

),

-- A claim that does not name its provider may be of any: where another does name the same, of that one.
of_likely_providers as (

    select
        candidates.*,
        max(candidates.is_of_provider) over (partition by candidates.claim_id, candidates.strength) as has_provider,
        min(candidates.original_provider) over (partition by candidates.claim_id, candidates.strength)
            as first_provider,
        max(candidates.original_provider) over (partition by candidates.claim_id, candidates.strength) as last_provider
    from candidates

),

strongest as (

    select
        of_likely_providers.*,
        max(of_likely_providers.strength) over (partition by of_likely_providers.claim_id) as best_strength,
        count(*) over (partition by of_likely_providers.claim_id, of_likely_providers.strength) as equals
    from of_likely_providers
    where
        of_likely_providers.is_of_provider = of_likely_providers.has_provider
        and (
            of_likely_providers.has_provider = 1
            or of_likely_providers.first_provider = of_likely_providers.last_provider
        )

),

chosen as (

    select
        strongest.*,
        max(case when strongest.original_place < strongest.place then 1 else 0 end) over (
            partition by strongest.claim_id
        ) as has_earlier,
        min(case
            when strongest.original_place > strongest.place and strongest.original_frequency <> '7'
                then strongest.original_place
        end) over (partition by strongest.claim_id) as next_place
    from strongest
    where
        strongest.strength = strongest.best_strength
        and (
            strongest.strength >= 4
            or (strongest.strength >= 2 and strongest.equals = 1)
            or strongest.shares_days = 1
        )

),

-- Of claims of one number those read before are ended, and where there is none the first one read after, unless it says
-- that it was written on a later day: it is a new bill. One that is named by the payer's number of it is ended anyway.
ended as (

    select
        chosen.claim_id,
        chosen.original_key
    from chosen
    where
        chosen.is_of_account = 0
        or chosen.original_place < chosen.place
        or (
            chosen.has_earlier = 0
            and chosen.original_place = chosen.next_place
            and (chosen.is_written_after = 0 or chosen.strength >= 4)
        )

    union all

    -- An earlier correction of the same claim, whether or not that claim was supplied.
    select
        later.claim_id,
        earlier.claim_id as original_key
    from placed_claims as later
    inner join placed_claims as earlier
        on
            later.member_id = earlier.member_id
            and later.provider = earlier.provider
            and later.setting = earlier.setting
            and (later.payer = earlier.payer or later.payer = '' or earlier.payer = '')
            and later.original_spelled = earlier.original_spelled
            and later.account <> earlier.account
    where
        later.claim_frequency in ('7', '8')
        and earlier.claim_frequency = '7'
        and later.original_claim_id <> ''
        and later.place > earlier.place
        and earlier.first_service <= later.last_service
        and earlier.last_service >= later.first_service

),

-- Corrections for which claims of their number were supplied, and whether one of these shares a day.
compared as (

    select
        candidates.claim_id,
        max(candidates.shares_days) as share_days
    from candidates
    group by candidates.claim_id

),

-- Corrections that name a claim of the member from another provider, setting or payer, or name none and have its number,
-- with what is nearest to them.
named_elsewhere as (

    select
        later.claim_id,
        min(case
            when later.provider <> earlier.provider then 3
            when later.setting <> earlier.setting then 2
            else 1
        end) as distance
    from placed_claims as later
    inner join placed_claims as earlier on later.member_id = earlier.member_id and later.claim_id <> earlier.claim_id
    where
        later.claim_frequency in ('7', '8')
        and earlier.claim_frequency <> '8'
        and (
            (later.original_claim_id = '' and later.account = earlier.account)
            or (
                later.original_claim_id <> ''
                and later.original_claim_id in (earlier.claim_id, earlier.account, earlier.payer_claim_number)
            )
            or (
                later.may_be_respelled
                and later.original_spelled
                in (earlier.claim_spelled, earlier.account_spelled, earlier.payer_spelled)
            )
        )
    group by later.claim_id

)

select distinct
    placed_claims.claim_id,
    placed_claims.member_id,
    placed_claims.claim_frequency,
    case
        when placed_claims.original_claim_id <> '' then placed_claims.original_claim_id
        else placed_claims.account
    end as original_number,
    case
        when ended.original_key is not null then ''
        when compared.share_days = 0 then 'other_days'
        when placed_claims.original_claim_id = '' and named_elsewhere.distance = 3 then 'number_of_other_provider'
        when placed_claims.original_claim_id = '' and named_elsewhere.distance = 2 then 'number_of_other_setting'
        when placed_claims.original_claim_id = '' and named_elsewhere.distance = 1 then 'number_of_other_payer'
        when placed_claims.original_claim_id = '' then 'not_named'
        when named_elsewhere.distance = 3 then 'other_provider'
        when named_elsewhere.distance = 2 then 'other_setting'
        when named_elsewhere.distance = 1 then 'other_payer'
        else 'not_at_hand'
    end as unmatched,
    ended.original_key,
    case
        when corrected.claim_frequency = '7' and corrected.written_at = '' then 1
        when corrected.claim_frequency = '7' and placed_claims.written_at <= corrected.written_at then 1
        else 0
    end as is_by_reading
from placed_claims
left join compared on placed_claims.claim_id = compared.claim_id
left join named_elsewhere on placed_claims.claim_id = named_elsewhere.claim_id
left join ended on placed_claims.claim_id = ended.claim_id
left join placed_claims as corrected on ended.original_key = corrected.claim_id
where placed_claims.claim_frequency in ('7', '8')
