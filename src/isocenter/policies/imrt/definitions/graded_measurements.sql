-- title: Measured results of each plan, the last one of each field and means, with how they stand to their limit

with

limits as (

    select
        max(case when readings.name = 'gamma_action_limit_percent' then readings.number end) as least_rate_percent,
        max(case when readings.name = 'chamber_deviation_limit_percent' then readings.number end)
            as largest_deviation_percent
    from readings

),

-- A value in % of which nobody says what it is fails where it is too low a share and too large a deviation.
measurements as (

    select
        verifications.plan_id,
        verifications.field,
        verifications.verified_on,
        verifications.criteria,
        verifications.value,
        verifications.unit,
        verifications.result,
        verifications.dose_criterion_percent,
        verifications.distance_criterion_mm,
        least(plans.plan_date, plans.approved_on) as made_by,
        coalesce(plans.course_id, verifications.course_id) as course_id,
        plans.plan_id is not null as is_plan_at_hand,
        coalesce(
            verifications.value < limits.least_rate_percent
            and (
                verifications.result = 'gamma_pass_rate'
                or (
                    verifications.result = ''
                    and verifications.unit = '%'
                    and abs(verifications.value) > limits.largest_deviation_percent
                )
            ),
            false
        ) as may_be_beyond
    from verifications
    left join plans on verifications.plan_id = plans.plan_id
    cross join limits
    where verifications.kind = 'measurement'

),

-- A later measurement of the same field by the same means takes the place of an earlier one.
ranked as (

    select
        measurements.*,
        delivery_spans.last_delivery,
        count(*) over (
            partition by
                measurements.plan_id, measurements.course_id, measurements.field, measurements.result,
                measurements.dose_criterion_percent, measurements.distance_criterion_mm
        ) as repeats,
        count(measurements.verified_on) over (
            partition by
                measurements.plan_id, measurements.course_id, measurements.field, measurements.result,
                measurements.dose_criterion_percent, measurements.distance_criterion_mm
        ) as dated,
        row_number() over (
            partition by
                measurements.plan_id, measurements.course_id, measurements.field, measurements.result,
                measurements.dose_criterion_percent, measurements.distance_criterion_mm
            order by
                case when measurements.verified_on > delivery_spans.last_delivery then 1 else 0 end,
                coalesce(measurements.verified_on, cast('1900-01-01' as date)) desc,
                case when measurements.value is null then 0 else 1 end,
                case when measurements.may_be_beyond then 0 else 1 end,
                case when measurements.result = 'dose_deviation' then -abs(measurements.value) else measurements.value end,
                coalesce(measurements.value, 0),
                measurements.criteria
        ) as place
    from measurements
    left join delivery_spans on measurements.course_id = delivery_spans.course_id

),

-- The action limit holds at 3 %/2 mm: a rate that looser criteria miss is missed there too, one that stricter
-- criteria reach is reached there, and the customary 3 %/3 mm are held against the same limit.
compared as (

    select
        ranked.*,
        case
            when ranked.verified_on > ranked.last_delivery then 'late'
            when ranked.value is null or ranked.result = '' then 'unknown'
            when ranked.repeats > 1 and ranked.dated < ranked.repeats then 'unknown'
            when ranked.result = 'dose_deviation' and abs(ranked.value) > limits.largest_deviation_percent then 'beyond'
            when ranked.result = 'dose_deviation' then 'within'
            when ranked.dose_criterion_percent is null or ranked.distance_criterion_mm is null then 'unknown'
            when
                ranked.value >= limits.least_rate_percent
                and ranked.dose_criterion_percent <= 3
                and ranked.distance_criterion_mm <= 3
                then 'within'
            when
                ranked.value < limits.least_rate_percent
                and ranked.dose_criterion_percent >= 3
                and ranked.distance_criterion_mm >= 2
                then 'beyond'
            else 'not comparable'
        end as agreement
    from ranked
    cross join limits
    where ranked.place = 1

),

-- A good result of a day that nobody states may have come after the treatment; one from before the plan is of another.
-- A plan that is exported again may state a later day than the one on which it was approved: the earlier of them counts.
graded as (

    select
        compared.*,
        case
            when
                compared.agreement = 'within'
                and compared.verified_on is null
                and compared.last_delivery is not null
                then 'undated'
            when compared.agreement = 'within' and compared.verified_on < compared.made_by then 'early'
            else compared.agreement
        end as grade
    from compared

),

resolved as (

    select distinct stated_elements.course_id
    from stated_elements
    where
        stated_elements.kind = 'dosimetric_verification'
        and stated_elements.element = 'deviation_resolved'
        and stated_elements.is_signed_by_physicist

)

select
    graded.*,
    resolved.course_id is not null as is_resolved,
    concat(
        case when graded.field = '' then 'the plan' else graded.field end,
        case when graded.verified_on is null then '' else concat(' on ', graded.verified_on) end,
        case
            when graded.value is null then ' has no result'
            when graded.result = 'gamma_pass_rate' then concat(
                ': ', printf('%.1f', floor(graded.value * 10 + 0.5) / 10), ' % of points pass'
            )
            when graded.result = 'dose_deviation' then concat(
                ': the dose deviates by ', printf('%.1f', floor(graded.value * 10 + 0.5) / 10), ' %'
            )
            else concat(
                ': ', printf('%.1f', floor(graded.value * 10 + 0.5) / 10), ' ', graded.unit,
                ', without saying whether that is a share of passing points or a deviation'
            )
        end,
        case when graded.criteria = '' then ', criteria not stated' else concat(' (', graded.criteria, ')') end,
        case
            when graded.grade = 'undated' then '; the day of the measurement is not stated'
            when graded.grade = 'early' then concat('; the plan was made on ', graded.made_by)
            when graded.grade = 'late' then concat('; the last fraction was delivered on ', graded.last_delivery)
            when graded.grade = 'not comparable' then '; no published limit holds at these criteria'
            when graded.result = 'gamma_pass_rate' then concat(
                '; the action limit is ', cast(floor(limits.least_rate_percent + 0.5) as integer), ' % at 3 %/2 mm'
            )
            when graded.result = 'dose_deviation' then concat(
                '; the limit is ', cast(floor(limits.largest_deviation_percent + 0.5) as integer), ' %'
            )
            else ''
        end
    ) as said
from graded
cross join limits
left join resolved on graded.course_id = resolved.course_id
