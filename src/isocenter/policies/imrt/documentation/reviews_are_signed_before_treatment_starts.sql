-- title:        Statement, reviews and verification are signed by the day of the first fraction of their plan
-- fault:        A statement, review or verification was signed after the first fraction of its plan
-- requirements: IMRT-5, IMRT-6, IMRT-8, REC-2
-- cites:        documentation, paragraph 1
-- judges:       document
-- needs:        documents, signatures
-- consequence:  inform
-- remedy:       Sign statement, reviews and verification before the first fraction by the plan.

select
    review_signatures.document_id as subject_id,
    case
        when review_signatures.signed_on > review_signatures.first_delivery + cast(readings.number as integer) then 'not_met'
        when review_signatures.signed_on <= review_signatures.first_delivery + cast(readings.number as integer) then 'met'
    end as outcome,
    review_signatures.because
from review_signatures
inner join readings on readings.name = 'review_days_after_first_fraction'
where
    review_signatures.is_review
    and (
        review_signatures.is_complete
        or review_signatures.signed_on > review_signatures.first_delivery + cast(readings.number as integer)
    )
