-- title:        Statement, reviews and verification are signed by the day of the first fraction
-- requirements: IMRT-5, IMRT-6, IMRT-8, REC-2
-- cites:        documentation, paragraph 1
-- judges:       document
-- needs:        documents, signatures
-- consequence:  inform
-- remedy:       Sign statement, reviews and verification before the first fraction.

select
    signed_documents.document_id as subject_id,
    case
        when signed_documents.physician_signed_on > delivery_spans.first_delivery then 'not_met'
        else 'met'
    end as outcome,
    concat(
        replace(signed_documents.kind, '_', ' '), ' ', signed_documents.document_id, ' was signed by the physician on ',
        signed_documents.physician_signed_on, '; delivery ran from ', delivery_spans.first_delivery, ' to ',
        delivery_spans.last_delivery
    ) as because
from signed_documents
inner join delivery_spans on signed_documents.course_id = delivery_spans.course_id
where
    signed_documents.kind in ('image_review', 'dvh_review', 'dosimetric_verification', 'necessity_statement')
    and signed_documents.physician_signed_on is not null
