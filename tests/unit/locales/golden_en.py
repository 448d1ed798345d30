"""What people read in en, word for word; `python -m tests.unit.locales.samples` writes it."""

# ruff: noqa: E501 - the texts stand as they are sent

LETTERS = {
    "defendant - set": """
Riverbend Trial Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
We text about court dates. Save this number. Not you? Reply WRONG.
Reply STOP to end texts, HELP for help.
""",
    "defendant - consequence": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Missing court can lead to a warrant for your arrest.
Plan now: your ride, time off work, child care.
Questions? Call 907-555-0100.
""",
    "defendant - plan": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
What time will you leave to be there by 10:00 a.m.? Plan your ride, time off work and child care.
Questions? Call 907-555-0100.
""",
    "defendant - logistics": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Come 15 minutes early. Bring photo ID and your court papers.
Questions? Call 907-555-0100.
Will you come? Reply 1 for yes, 2 if you cannot, 3 for a question.
""",
    "defendant - today": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Leave early. Running late? Still come, and call 907-555-0100.
""",
    "defendant - short notice": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
We are sorry that this is short notice.
Missing court can lead to a warrant for your arrest.
If you cannot come, call 907-555-0100 before court.
""",
    "defendant - later, other room": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
It was moved LATER. New time: Wednesday, September 30, 1:00 p.m. No longer: Wednesday, September 30, 10:00 a.m.
The place changed. New place: Courtroom 4B, 120 Harbor Street, Riverbend. No longer: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "defendant - cancelled": """
Riverbend Court: CANCELED: your court hearing of Wednesday, September 30, 10:00 a.m., case 3RB-26-00142CR. Do NOT come for it.
If there is a new date, we will text you.
Questions? Call 907-555-0100.
""",
    "defendant - corrected": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
This is right: Wednesday, September 30, 1:00 p.m.
Where: Courtroom 4B, 120 Harbor Street, Riverbend.
Case 3RB-26-00142CR.
Questions? Call 907-555-0100.
""",
    "defendant - corrected to off": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
That hearing is CANCELED. Do NOT come for it.
Case 3RB-26-00142CR.
Questions? Call 907-555-0100.
""",
    "defendant - missed": """
Riverbend Court: We missed you in court (Wednesday, September 30, 10:00 a.m., case 3RB-26-00142CR). You can still put this right.
Call 907-555-0100 soon and ask for a new date. The sooner you call, the easier it is.
Or come to the court office: 120 Harbor Street, Riverbend.
""",
    "respondent - set": """
Riverbend Trial Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
We text about court dates. Save this number. Not you? Reply WRONG.
Reply STOP to end texts, HELP for help.
""",
    "respondent - consequence": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
If you do not come, the judge may decide without you.
Plan now: your ride, time off work, child care.
Questions? Call 907-555-0100.
""",
    "respondent - plan": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
What time will you leave to be there by 10:00 a.m.? Plan your ride, time off work and child care.
Questions? Call 907-555-0100.
""",
    "respondent - logistics": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Come 15 minutes early. Bring photo ID and your court papers.
Questions? Call 907-555-0100.
Will you come? Reply 1 for yes, 2 if you cannot, 3 for a question.
""",
    "respondent - today": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
Leave early. Running late? Still come, and call 907-555-0100.
""",
    "respondent - short notice": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
Where: Courtroom D, Riverbend Courthouse.
We are sorry that this is short notice.
If you do not come, the judge may decide without you.
If you cannot come, call 907-555-0100 before court.
""",
    "respondent - later, other room": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
It was moved LATER. New time: Wednesday, September 30, 1:00 p.m. No longer: Wednesday, September 30, 10:00 a.m.
The place changed. New place: Courtroom 4B, 120 Harbor Street, Riverbend. No longer: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "respondent - cancelled": """
Riverbend Court: CANCELED: your court hearing of Wednesday, September 30, 10:00 a.m., case 3RB-26-00142CR. Do NOT come for it.
If there is a new date, we will text you.
Questions? Call 907-555-0100.
""",
    "respondent - corrected": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
This is right: Wednesday, September 30, 1:00 p.m.
Where: Courtroom 4B, 120 Harbor Street, Riverbend.
Case 3RB-26-00142CR.
Questions? Call 907-555-0100.
""",
    "respondent - corrected to off": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
That hearing is CANCELED. Do NOT come for it.
Case 3RB-26-00142CR.
Questions? Call 907-555-0100.
""",
    "respondent - missed": """
Riverbend Court: We missed you in court (Wednesday, September 30, 10:00 a.m., case 3RB-26-00142CR). You can still put this right.
Call 907-555-0100 soon and ask for a new date. The sooner you call, the easier it is.
Or come to the court office: 120 Harbor Street, Riverbend.
""",
    "witness - set": """
Riverbend Trial Court: You are asked to be at court on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
If you cannot come, call 907-555-0100 before court.
We text about court dates. Save this number. Not you? Reply WRONG.
Reply STOP to end texts, HELP for help.
""",
    "witness - consequence": """
Riverbend Court: You are asked to be at court on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Plan now: your ride, time off work, child care.
If you cannot come, call 907-555-0100 before court.
""",
    "witness - plan": """
Riverbend Court: You are asked to be at court on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
What time will you leave to be there by 10:00 a.m.? Plan your ride, time off work and child care.
If you cannot come, call 907-555-0100 before court.
""",
    "witness - logistics": """
Riverbend Court: You are asked to be at court on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Come 15 minutes early. Bring photo ID.
If you cannot come, call 907-555-0100 before court.
Will you come? Reply 1 for yes, 2 if you cannot, 3 for a question.
""",
    "witness - today": """
Riverbend Court: You are asked to be at court on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Leave early. Running late? Still come, and call 907-555-0100.
""",
    "witness - short notice": """
Riverbend Court: You are asked to be at court on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
We are sorry that this is short notice.
If you cannot come, call 907-555-0100 before court.
""",
    "witness - later, other room": """
Riverbend Court: CHANGE to a court date.
It was moved LATER. New time: Wednesday, September 30, 1:00 p.m. No longer: Wednesday, September 30, 10:00 a.m.
The place changed. New place: Courtroom 4B, 120 Harbor Street, Riverbend. No longer: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "witness - cancelled": """
Riverbend Court: CANCELED: the court date of Wednesday, September 30, 10:00 a.m. Do NOT come for it.
If there is a new date, we will text you.
Questions? Call 907-555-0100.
""",
    "witness - corrected": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
This is right: Wednesday, September 30, 1:00 p.m.
Where: Courtroom 4B, 120 Harbor Street, Riverbend.
Questions? Call 907-555-0100.
""",
    "witness - corrected to off": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
That hearing is CANCELED. Do NOT come for it.
Questions? Call 907-555-0100.
""",
    "witness - missed": """
Riverbend Court: We missed you at court (Wednesday, September 30, 10:00 a.m.). We hope all is well.
Please call 907-555-0100 so that we can help.
""",
    "victim - set": """
Riverbend Trial Court: The next court date is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
For questions or support, call 907-555-0100.
We text about court dates. Save this number. Not you? Reply WRONG.
Reply STOP to end texts, HELP for help.
""",
    "victim - consequence": """
Riverbend Court: The next court date is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
For questions or support, call 907-555-0100.
""",
    "victim - plan": """
Riverbend Court: The next court date is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
For questions or support, call 907-555-0100.
""",
    "victim - logistics": """
Riverbend Court: The next court date is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
For questions or support, call 907-555-0100.
Will you come? Reply 1 for yes, 2 if you cannot, 3 for a question.
""",
    "victim - today": """
Riverbend Court: The next court date is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
For questions or support, call 907-555-0100.
""",
    "victim - short notice": """
Riverbend Court: The next court date is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
We are sorry that this is short notice.
For questions or support, call 907-555-0100.
""",
    "victim - later, other room": """
Riverbend Court: CHANGE to a court date.
It was moved LATER. New time: Wednesday, September 30, 1:00 p.m. No longer: Wednesday, September 30, 10:00 a.m.
The place changed. New place: Courtroom 4B, 120 Harbor Street, Riverbend. No longer: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "victim - cancelled": """
Riverbend Court: CANCELED: the court date of Wednesday, September 30, 10:00 a.m. Do NOT come for it.
If there is a new date, we will text you.
Questions? Call 907-555-0100.
""",
    "victim - corrected": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
This is right: Wednesday, September 30, 1:00 p.m.
Where: Courtroom 4B, 120 Harbor Street, Riverbend.
Questions? Call 907-555-0100.
""",
    "victim - corrected to off": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
That hearing is CANCELED. Do NOT come for it.
Questions? Call 907-555-0100.
""",
    "victim - missed": """
Riverbend Court: We missed you at court (Wednesday, September 30, 10:00 a.m.). We hope all is well.
Please call 907-555-0100 so that we can help.
""",
    "follower - set": """
Riverbend Trial Court: A hearing in case 3RB-26-00142CR is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
We text about court dates. Save this number. Not you? Reply WRONG.
Reply STOP to end texts, HELP for help.
""",
    "follower - consequence": """
Riverbend Court: A hearing in case 3RB-26-00142CR is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Dates can change.
Questions? Call 907-555-0100.
""",
    "follower - plan": """
Riverbend Court: A hearing in case 3RB-26-00142CR is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Dates can change.
Questions? Call 907-555-0100.
""",
    "follower - logistics": """
Riverbend Court: A hearing in case 3RB-26-00142CR is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Dates can change.
Questions? Call 907-555-0100.
""",
    "follower - today": """
Riverbend Court: A hearing in case 3RB-26-00142CR is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "follower - short notice": """
Riverbend Court: A hearing in case 3RB-26-00142CR is on Wednesday, September 30, at 10:00 a.m.
Where: Courtroom D, Riverbend Courthouse.
We are sorry that this is short notice.
Questions? Call 907-555-0100.
""",
    "follower - later, other room": """
Riverbend Court: CHANGE to a hearing in case 3RB-26-00142CR.
It was moved LATER. New time: Wednesday, September 30, 1:00 p.m. No longer: Wednesday, September 30, 10:00 a.m.
The place changed. New place: Courtroom 4B, 120 Harbor Street, Riverbend. No longer: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "follower - cancelled": """
Riverbend Court: CANCELED: the hearing of Wednesday, September 30, 10:00 a.m. in case 3RB-26-00142CR.
If there is a new date, we will text you.
Questions? Call 907-555-0100.
""",
    "follower - corrected": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
This is right: Wednesday, September 30, 1:00 p.m.
Where: Courtroom 4B, 120 Harbor Street, Riverbend.
Case 3RB-26-00142CR.
Questions? Call 907-555-0100.
""",
    "follower - corrected to off": """
Riverbend Court: CORRECTION. Ignore our text about Wednesday, September 30, 10:00 a.m.
That hearing is CANCELED.
Case 3RB-26-00142CR.
Questions? Call 907-555-0100.
""",
    "two on a day": """
Riverbend Court: You have 2 court hearings:
- Wednesday, September 30, 1:00 p.m. - Courtroom 4B, 120 Harbor Street, Riverbend - case 3RB-26-00142CR
- Wednesday, September 30, 2:30 p.m. - 120 Harbor Street, Riverbend - case 3RB-26-00177MO
Come 15 minutes early. Bring photo ID and your court papers.
Questions? Call 907-555-0100.
""",
    "two on a day, witness": """
Riverbend Court: There are 2 court dates for you:
- Wednesday, September 30, 10:00 a.m. - Courtroom D, Riverbend Courthouse
- Wednesday, September 30, 2:30 p.m. - 120 Harbor Street, Riverbend
What time will you leave to be there by 10:00 a.m.? Plan your ride, time off work and child care.
If you cannot come, call 907-555-0100 before court.
""",
    "two on a day, follower": """
Riverbend Court: 2 coming hearings:
- Wednesday, September 30, 10:00 a.m. - by video - case 3RB-26-00142CR
https://video.example.gov/r/77
- Wednesday, September 30, 2:30 p.m. - 120 Harbor Street, Riverbend - case 3RB-26-00177MO
Please save this date.
Questions? Call 907-555-0100.
Reply STOP to end texts, HELP for help.
""",
    "by video": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
It is by video. Open this link 10 minutes early:
https://video.example.gov/r/77
Charge your phone and be ready 10 minutes early.
Questions? Call 907-555-0100.
""",
    "by video, no link": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
It is by video. To get the link, call 907-555-0100.
Find a quiet place with a good signal. Plan time off work and child care.
Questions? Call 907-555-0100.
""",
    "by phone": """
Riverbend Court: You have court on Wednesday, September 30, at 10:00 a.m. Case 3RB-26-00142CR.
It is by phone. Join here:
907-555-0142
Charge your phone and be ready 10 minutes early.
Questions? Call 907-555-0100.
""",
    "moved earlier": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
It was moved EARLIER. New time: Wednesday, September 30, 10:00 a.m. No longer: Wednesday, September 30, 1:00 p.m.
Where: Courtroom D, Riverbend Courthouse.
Questions? Call 907-555-0100.
""",
    "other room": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
The time is the same: Wednesday, September 30, 1:00 p.m.
The place changed. New place: Courtroom 4B, 120 Harbor Street, Riverbend. No longer: Courtroom 2A, 120 Harbor Street, Riverbend.
Questions? Call 907-555-0100.
""",
    "now by video": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
The time is the same: Wednesday, September 30, 10:00 a.m.
It is by video. Open this link 10 minutes early:
https://video.example.gov/r/77
Before, it was in person.
Questions? Call 907-555-0100.
""",
    "now in person": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
The time is the same: Wednesday, September 30, 10:00 a.m.
It is now in person. Where: Courtroom D, Riverbend Courthouse.
Before, it was by phone.
Questions? Call 907-555-0100.
""",
    "new link": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
The time is the same: Wednesday, September 30, 10:00 a.m.
The way to join changed. Do not use the old link or number.
It is by video. Open this link 10 minutes early:
https://video.example.gov/r/77
Questions? Call 907-555-0100.
""",
    "on again, later": """
Riverbend Court: CHANGE to your court hearing, case 3RB-26-00142CR.
It was called off, but now it is ON again, at a new time: Wednesday, September 30, 1:00 p.m. No longer: Wednesday, September 30, 10:00 a.m.
Where: Courtroom 4B, 120 Harbor Street, Riverbend.
Questions? Call 907-555-0100.
""",
    "invited": """
Riverbend Trial Court can send you texts about court dates. Reply 1 if you want them. If not, you need not do anything. Msg & data rates may apply. Reply STOP to get no more texts, HELP for help.
""",
    "watch found": """
Riverbend Court: We found 3RB-26-00142CR in the court calendar:
- Wednesday, September 30, 10:00 a.m. - Courtroom D, Riverbend Courthouse
For reminders, text us this number: 3RB-26-00142CR
""",
    "watch ended": """
Riverbend Court: We did not find 3RB-26-00142CR in the court calendar, and have stopped looking. You may still have a court date: check your papers or call 907-555-0100. You can text us the number again.
""",
}

REPLIES = {
    "answer": """
Riverbend Court, case 3RB-26-00142CR: 2 coming hearings.
- Wednesday, September 30, 10:00 a.m. - Courtroom D, Riverbend Courthouse
- Wednesday, September 30, 1:00 p.m. - Courtroom 4B, 120 Harbor Street, Riverbend
From the court calendar of: Wednesday, September 23, 5:00 a.m. Dates can change.
""",
    "unknown": """
Riverbend Court: We have no court date for 3RB-26-00142CR now. Check the number on your papers. Reply 1 and we will look for it for 16 days, then text you either way. Questions? Call 907-555-0100.
""",
    "offer": """
Do you want reminders by text? Reply 1 for yes.
""",
    "subscribed": """
Riverbend Court: We will remind you of hearings in case 3RB-26-00142CR and tell you of changes. Please save this number. Msg & data rates may apply. Reply STOP to end texts, HELP for help.
""",
    "already": """
Riverbend Court: You already get reminders for case 3RB-26-00142CR. Reply STOP to end texts.
""",
    "watch kept": """
Riverbend Court: We will look for 3RB-26-00142CR for 16 days and text you either way. Your court date stands even if we do not find it: check your papers. Reply STOP to end texts, HELP for help.
""",
    "opt-in question": """
Riverbend Court: Your texts are stopped. Do you want texts about your court dates again? Reply 1 for yes. If not, you need not do anything.
""",
    "opted in": """
Thank you. Riverbend Trial Court will text you about your court dates, a few texts for each. Msg & data rates may apply. Reply STOP to end texts, HELP for help.
""",
    "link done": """
Riverbend Trial Court: This chat is connected. We will write here about your court dates. Send STOP to end messages, HELP for help.
""",
    "link expired": """
Riverbend Trial Court: This link does not work any more. For a new one, call 907-555-0100. Or send us your case number.
""",
    "welcome": """
Hello! This is Riverbend Trial Court. Send us your case or ticket number, like 3RB-26-00100CR, and we will tell you your court dates. Send STOP to end messages, HELP for help.
""",
    "which court": """
Which court is 3RB-26-00142CR in? Reply with one digit:
1 Riverbend Court
2 Harbor Court
""",
    "which hearing": """
Riverbend Court: Which hearing do you mean? Reply with one digit:
1 Wednesday, September 30, 10:00 a.m., case 3RB-26-00142CR
2 Wednesday, September 30, 2:30 p.m., case 3RB-26-00177MO
""",
    "which question": """
Riverbend Court: We asked you more than one thing. Which one do you answer? Reply with one digit:
1 first
2 second
""",
    "about attendance": """
Will you come? Wednesday, September 30, 10:00 a.m.
""",
    "about reminders": """
Reminders for case 3RB-26-00142CR
""",
    "about watch": """
Look for number 3RB-26-00142CR
""",
    "about texts": """
Get texts about court dates
""",
    "about edit": """
The message you changed
""",
    "confirmed": """
Riverbend Court: Thank you. We noted that you will come tomorrow, Wednesday, September 30, at 10:00 a.m.
""",
    "confirmed twice": """
Riverbend Court: Thank you. We noted that you will come tomorrow, Wednesday, September 30, at 1:00 p.m. and tomorrow, Wednesday, September 30, at 2:30 p.m.
""",
    "cannot come": """
Riverbend Court: We told the court staff that you cannot come tomorrow, Wednesday, September 30, at 10:00 a.m. This does NOT change your court date: you must still come unless the court tells you otherwise. Please call 907-555-0100 now.
""",
    "discreet cannot come": """
Riverbend Court: Thank you for telling us that you cannot come tomorrow, Wednesday, September 30, at 10:00 a.m. We told the court staff. Please also call 907-555-0100 so that we can help.
""",
    "question noted": """
Riverbend Court: Write your question in one text and the court staff will read it. We cannot give legal advice. For a faster answer, call 907-555-0100.
""",
    "question passed on": """
Riverbend Court: Thank you. The court staff will read your question. If it cannot wait, call 907-555-0100.
""",
    "already answered": """
Riverbend Court: You answered this before, and your first answer stands. To change it, call 907-555-0100.
""",
    "expired": """
Riverbend Court: That question is closed, so we did not record your answer. If you need help, call 907-555-0100.
""",
    "superseded": """
Riverbend Court: Our question was about the old date, Wednesday, September 30, 10:00 a.m. The new date is Wednesday, September 30, 1:00 p.m. We did not record your answer. Will you come on the new date? Reply 1 for yes, 2 if you cannot, 3 for a question.
""",
    "superseded, off": """
Riverbend Court: Our question was about the hearing of Wednesday, September 30, 10:00 a.m. It is canceled. Do NOT come for it.
""",
    "not an option": """
Riverbend Court: Please reply with a digit from 1 to 3.
""",
    "not understood": """
Riverbend Court: Sorry, we did not understand. Send your case or ticket number, like 3RB-26-00100CR. Send HELP for help. To talk to a person, call 907-555-0100.
""",
    "slow down": """
Riverbend Court: You sent many numbers. Please wait an hour and try again, or call 907-555-0100.
""",
    "no more guesses": """
Riverbend Court: We cannot look up more numbers for this phone. Please call 907-555-0100.
""",
    "wrong number": """
Riverbend Trial Court: Thank you for telling us, and sorry. We will not text this number again.
""",
    "edited": """
Riverbend Court: You changed a message you had sent. Your first answer stands. If you mean it, send it again as a new message: 2
""",
    "thanks": """
You are welcome.
""",
    "stopped": """
Riverbend Trial Court: Texts are stopped. You will get no more texts from us. Your court dates do not change. To get texts again, reply START. Questions? Call 907-555-0100.
""",
    "stopped one": """
Riverbend Court: Texts for case 3RB-26-00142CR are stopped. The court date does not change.
You still get texts for 2 cases:
- A-1
- A-2
To stop all texts, reply STOP.
""",
    "stopped the last": """
Riverbend Court: Texts for case 3RB-26-00142CR are stopped. The court date does not change. You get no more texts. To get texts again, reply START.
""",
    "which to stop": """
Riverbend Court: To stop texts for one case, reply STOP and its digit, like STOP 1. To stop all, reply STOP.
1 3RB-26-00142CR
2 A-2
""",
    "no such case": """
Riverbend Court: We did not find that case in your texts, so nothing is stopped. To stop all texts, reply STOP.
""",
    "started": """
Riverbend Trial Court: Texts are on again. You will get reminders for 2 cases. Reply STOP to end texts, HELP for help.
""",
    "started, nothing": """
Riverbend Trial Court: Texts are on again, but no case is saved for this phone. Send us your case number. Reply STOP to end texts, HELP for help.
""",
    "help": """
Riverbend Trial Court court date texts. Send a case or ticket number, like 3RB-26-00100CR, to see its dates. A few texts for each court date. Msg & data rates may apply. Send LANG to change the language. Call 907-555-0100 for a person. Reply STOP to end texts.
""",
    "menu": """
Riverbend Court: Language? Reply with one digit:
1 English
2 Español
3 العربية
4 Русский
""",
    "changed": """
Riverbend Court: We will write to you in English from now on.
""",
    "unavailable": """
Riverbend Court: We cannot text in that language yet. For a free interpreter, call 907-555-0100.
""",
    "trouble": """
Riverbend Court: Something went wrong on our side, and nothing was changed. Please try again later or call 907-555-0100.
""",
    "only words": """
Riverbend Court: We can only read written words here. Please write to us or call 907-555-0100.
""",
    "too long": """
Riverbend Court: Your text is too long for us to read. Please send only your case number, or call 907-555-0100.
""",
    "only in private": """
Riverbend Court: Please write to us in a private chat, not in a group.
""",
}
