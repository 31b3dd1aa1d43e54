package seed

// scenario is a matter that customers write about. Each step begins with who speaks: c the customer, a the
// agent, n a note among staff. Variants are separated by | and chosen by chance.
type scenario struct {
	share    int // of a hundred tickets
	title    string
	category string
	kind     string
	team     int
	priority int64
	tags     []string
	steps    []string
}

// Teams, by their place in the list of names.
const (
	care = iota
	returns
	trade
)

func teamNames() []string { return []string{"Customer care", "Returns and repairs", "Wholesale"} }

func scenarios() []scenario {
	return []scenario{
		{24, "Where is my order {order}?|Order {order} has not arrived|Delivery of {order}", "delivery", "question", care, 3, []string{"Already shipped"}, []string{
			"cHello,\n\nI ordered the {product} on {date} and it still is not here. The tracking page has said \"in transit\" for four days. Can you find out where it is?\n\nThank you\n{first}|cHi, any news about {order}? I was told three to five working days and it has been more than a week now.\n\n{first}|cGood morning,\n\ncould you tell me when my parcel ({order}) will be in {city}? I am away from Friday.\n\nKind regards\n{first} {last}",
			"aHello {first},\n\nthank you for writing, and I am sorry that you are waiting. I have asked the carrier where {order} is; they have until tomorrow noon to answer. I will write to you as soon as I know more.\n\nBest wishes\n{agent}|aHi {first},\n\nI can see your parcel left us on time and then sat in the depot near {city}. I have opened an enquiry with the carrier and will be in touch tomorrow.\n\n{agent}",
			"nCarrier enquiry opened. If there is no scan by tomorrow, send a replacement.|nDepot confirms: wrong label, parcel goes out again today.",
			"aHello {first},\n\ngood news: the parcel was found and is out for delivery today. I have added a small voucher to your account for the wait.\n\n{agent}|aHi {first},\n\nthe carrier could not find it, so a replacement left our warehouse this morning. If the first parcel turns up after all, please just refuse it.\n\n{agent}",
			"cIt has just been delivered. Thank you for looking after this so quickly!\n\n{first}|cArrived, thanks {agent}.|cGreat, thank you!",
		}},
		{13, "Damaged on arrival: {product}|{product} arrived broken|Order {order} was damaged in the post", "damaged", "problem", returns, 2, []string{"issue", "Sentiment/negative"}, []string{
			"cHi,\n\nmy order {order} came today but the {product} has a big dent in it, and the box was crushed on one side. I can send a picture if that helps.\n\n{first}|cHello, I opened the parcel and the {product} is damaged. It was meant as a present for Saturday, so I am rather disappointed.\n\nRegards\n{first} {last}",
			"aHello {first},\n\nI am so sorry, that is not how it should reach you. Would you like a replacement or your money back? You do not need to send anything back.\n\n{agent}|aDear {first},\n\nthank you for telling us at once. A new {product} can leave today by express. Is the address in {city} still right?\n\n{agent}",
			"cA replacement please. Same address.|cYes please, and thank you for being so quick.",
			"nThird dented one this month from the same pallet. Told the warehouse.|nReplacement without return, below the limit.",
			"aDone, {first}. It is on its way by express and should be with you the day after tomorrow.\n\n{agent}",
		}},
		{12, "Wrong size, can I exchange?|Exchange for {order}|Size exchange: {product}", "exchange", "question", returns, 3, nil, []string{
			"cHello,\n\nthe {product} from order {order} is lovely but a little too small. Can I exchange it for the next size up?\n\n{first}|cHi there, I seem to have ordered the wrong size ({order}). How do I send it back and get the larger one?\n\nThanks\n{first}",
			"aHi {first},\n\nof course. I have put the next size aside for you and attached a returns label to your order. Drop the parcel at any counter and the new one leaves as soon as yours is scanned.\n\n{agent}",
			"cPerfect, I posted it this morning.|cThank you. Do I have to pay for the return?",
			"aReceived and on its way to you, {first}. Exchanges are free, so there is nothing to pay.\n\n{agent}",
		}},
		{12, "Refund for {order}|When will I get my refund?|Money back for returned {product}", "refund", "question", returns, 3, []string{"Sentiment/need-human"}, []string{
			"cHello, I sent back the {product} two weeks ago and have not seen the money yet. The order was {order}.\n\n{first}|cGood afternoon,\n\nthe return for {order} was signed for at your end last Tuesday. Could you check when the refund will be made?\n\n{first} {last}",
			"aHello {first},\n\nyour parcel is here and checked in. I have just made the refund to the card you paid with; banks take three to five working days to show it.\n\n{agent}",
			"nParcel had been waiting at goods-in without a label. Asked them to check the shelf daily.",
			"cThank you, it is there now.|cGot it, thanks for your help.",
		}},
		{8, "Invoice for {order}|VAT invoice needed|Invoice with company address", "invoice", "request", trade, 3, nil, []string{
			"cHello,\n\nour accounts department needs an invoice with our company address for {order}. Could you send one?\n\nKind regards\n{first} {last}",
			"aHello {first},\n\ncertainly. Please send me the name, address and tax number that should be on it.\n\n{agent}|aDear {first},\n\nhere it comes: you will find the invoice for {order} in your account under Orders. Tell me if the address should be another one.\n\n{agent}",
			"cThe address in my profile is the right one, thank you.|cFound it. Thank you!",
		}},
		{7, "Loyalty points missing|Question about my points|Points for order {order}", "loyalty", "question", care, 4, nil, []string{
			"cHi, I have not been given any points for {order}. I was signed in when I bought the {product}.\n\n{first}",
			"aHi {first},\n\nwell spotted. Points are added fourteen days after delivery, when an order can no longer be returned. Yours are on the way; I have made a note so that nothing gets lost.\n\n{agent}",
			"cAh, that explains it. Thanks!|cThank you, I did not know that.",
		}},
		{6, "Please cancel order {order}|Cancel {order}", "cancellation", "request", care, 2, []string{"Waiting on order", "Sentiment/urgent"}, []string{
			"cHello, I ordered twice by mistake. Please cancel {order} before it is sent!\n\n{first}|cPlease cancel {order}, I found the same {product} in the shop round the corner. Sorry!\n\n{first}",
			"aDone, {first}. It had not been packed yet. The money goes back to you today.\n\n{agent}|aHello {first},\n\nI am afraid the parcel had already left. Please refuse it at the door and it comes straight back to us; I will refund you the moment it is here.\n\n{agent}",
			"cThat was fast. Thank you.|cOkay, I will do that.",
		}},
		{6, "Is the {product} coming back?|{product} out of stock|When will {product} be available?", "product", "question", care, 4, nil, []string{
			"cHi! Will the {product} be in stock again before the holidays? I would need two.\n\n{first} from {city}",
			"aHello {first},\n\nthe next batch is being made and we expect it in about three weeks. Shall I put two aside for you?\n\n{agent}",
			"cYes please!|cNo need, I will keep an eye on the page. Thanks.",
			"nTwo set aside under the customer's name until the end of next month.",
		}},
		{4, "Change of address for {order}|New delivery address", "delivery", "request", care, 2, []string{"Waiting on order"}, []string{
			"cHello, I have moved and forgot to change my address. Can {order} still go to the new one in {city}?\n\n{first} {last}",
			"aHi {first},\n\njust in time. I have changed it on the order and in your account.\n\n{agent}",
			"cThank you so much.",
		}},
		{4, "Repair of my {product}|Can this be repaired?", "repair", "request", returns, 3, nil, []string{
			"cGood evening,\n\nafter three winters a seam of my {product} has come loose. You write that you repair things: how does that work?\n\n{first} {last}",
			"aDear {first},\n\nwe do, and gladly. Please send it to our workshop with the form that I have added to your account. A seam is free and takes about ten days.\n\n{agent}",
			"cIt is in the post. Thank you!",
			"nArrived at the workshop, seam and one strap. No charge.",
			"aIt is finished and on its way home, {first}. We also waxed it while it was here.\n\n{agent}",
		}},
		{2, "Thank you!|A compliment", "feedback", "feedback", care, 4, []string{"Sentiment/positive"}, []string{
			"cI only wanted to say that the {product} is the best thing I have bought this year. The handwritten card was a lovely touch.\n\n{first}, {city}",
			"aWhat a nice message to begin the day with, {first}. I have read it out to everybody in the workshop.\n\n{agent}",
		}},
		{2, "Wholesale enquiry|Do you sell to shops?", "wholesale", "question", trade, 3, []string{"High Value"}, []string{
			"cHello,\n\nI run a small shop in {city} and would like to stock the {product}. Do you have a price list for trade customers, and what is the smallest order?\n\nKind regards\n{first} {last}",
			"aDear {first},\n\nthank you for asking. I have sent you our trade list; the smallest first order is twelve pieces, mixed as you like.\n\n{agent}",
			"nLooks serious, has two shops. Call next week.",
			"cThank you, I will come back to you after our stocktaking.",
		}},
	}
}

// staffer is a member of the sample's staff.
type staffer struct {
	name, role string
	teams      []int
}

func staff() []staffer {
	return []staffer{
		{"Nina Okafor", "manager", []int{care, returns, trade}},
		{"Tom Hadley", "agent", []int{care}},
		{"Leila Farahani", "agent", []int{care, returns}},
		{"Jonas Weber", "agent", []int{care}},
		{"Mei Tanaka", "agent", []int{returns}},
		{"Carlos Rivera", "agent", []int{returns, trade}},
		{"Aoife Byrne", "agent", []int{care, trade}},
		{"Priya Nair", "sales_manager", nil},
		{"Marek Nowak", "sales_representative", nil},
	}
}
