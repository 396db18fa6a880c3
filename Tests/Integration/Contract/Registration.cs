namespace SecKill.Tests.Integration.Contract;

public abstract class Registration(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    private const string NotJson = "Only receive JSON format.";

    [Theory]
    [InlineData("customer")]
    [InlineData("saler")]
    public async Task A_new_name_is_registered(string kind) =>
        Expect.Created(await Api.RegisterAsync(Names.Fresh("new"), Password, kind));

    [Fact]
    public async Task Members_it_does_not_know_are_ignored() =>
        Expect.Created(await Api.PostAsync(ApiClient.Users, new { username = Names.Fresh("more"), password = Password, kind = "customer", age = 7 }));

    [Theory]
    [InlineData("customer")]
    [InlineData("saler")]
    public async Task A_name_is_registered_once_whatever_the_kind(string kind)
    {
        var name = Names.Fresh("twice");
        Expect.Created(await Api.RegisterAsync(name, Password, "customer"));

        Expect.Is(await Other.RegisterAsync(name, "another", kind), 400, "Insert user failed. Maybe user name duplicates.");

        Assert.Equal("customer", (await Api.LogInAsync(name, Password)).Kind);
    }

    [Fact]
    public async Task An_empty_user_name_is_too_short() =>
        Expect.Is(await Api.RegisterAsync("", Password, "customer"), 400, "User name too short.");

    [Fact]
    public async Task An_empty_password_is_too_short() =>
        Expect.Is(await Api.RegisterAsync(Names.Fresh("nopass"), "", "customer"), 400, "Password too short.");

    [Fact]
    public async Task An_empty_kind_is_refused() =>
        Expect.Is(await Api.RegisterAsync(Names.Fresh("nokind"), Password, ""), 400, "Empty field of kind.");

    [Theory]
    [InlineData("admin")]
    [InlineData("seller")]
    [InlineData("Customer")]
    [InlineData("客户")]
    public async Task Any_other_kind_is_refused_by_its_name(string kind) =>
        Expect.Is(await Api.RegisterAsync(Names.Fresh("kind"), Password, kind), 400, $"Unexpected value of kind, {kind}");

    [Theory]
    [InlineData("""{"password":"p","kind":"customer"}""", "User name too short.")]
    [InlineData("""{"username":null,"password":"p","kind":"customer"}""", "User name too short.")]
    [InlineData("""{"username":"missing","kind":"customer"}""", "Password too short.")]
    [InlineData("""{"username":"missing","password":"p"}""", "Empty field of kind.")]
    public async Task A_missing_member_is_refused_as_empty_or_as_the_wrong_shape(string body, string asEmpty)
    {
        var answer = Expect.Refused(await Api.PostTextAsync(ApiClient.Users, body), 400);
        Assert.Contains(answer.ErrMsg, new[] { asEmpty, NotJson });
    }

    [Theory]
    [InlineData("")]
    [InlineData("username=a&password=b&kind=customer")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("""{"username":7,"password":"p","kind":"customer"}""")]
    [InlineData("""{"username":"a","password":{},"kind":"customer"}""")]
    [InlineData("""{"username":"a","password":"p","kind":["customer"]}""")]
    public async Task What_is_not_json_of_this_shape_is_refused_as_such(string body) =>
        Expect.Is(await Api.PostTextAsync(ApiClient.Users, body), 400, NotJson);

    [Theory]
    [InlineData("a")]
    [InlineData("字")]
    [InlineData("🎉")]
    public async Task A_user_name_has_at_most_20_characters_counted_as_code_points(string character)
    {
        var start = Names.Tag();
        var longest = start + Repeated(character, 20 - start.Length);

        Expect.Created(await Api.RegisterAsync(longest, Password, "customer"));
        Expect.Refused(await Api.RegisterAsync(longest + character, Password, "customer"), 400);
    }

    [Theory]
    [MemberData(nameof(Characters.Control), MemberType = typeof(Characters))]
    public async Task A_control_character_in_a_user_name_is_refused(int character) =>
        Expect.Refused(await Api.RegisterAsync($"{Names.Tag()}{(char)character}b", Password, "customer"), 400);

    [Theory]
    [MemberData(nameof(Characters.Unseen), MemberType = typeof(Characters))]
    public async Task A_user_name_of_which_nothing_is_seen_or_that_turns_the_writing_is_refused(string name) =>
        Assert.Contains("character", Expect.Refused(await Api.RegisterAsync(Characters.Text(name), Password, "customer"), 400).ErrMsg, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Characters.Control), MemberType = typeof(Characters))]
    public async Task A_control_character_in_a_password_is_refused(int character) =>
        Expect.Is(await Api.RegisterAsync(Names.Fresh("control"), $"pass{(char)character}", "customer"), 400, "Password must not contain control characters.");

    [Fact]
    public async Task Of_50_identical_registrations_at_once_one_succeeds()
    {
        var name = Names.Fresh("race");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(i => Gateways[i % Gateways.Count].RegisterAsync(name, Password, "customer")));

        Assert.Single(answers, answer => answer.Status == 201);
        foreach (var answer in answers.Where(answer => answer.Status != 201))
            Expect.Is(answer, 400, "Insert user failed. Maybe user name duplicates.");
    }

    private static string Repeated(string character, int times) => string.Concat(Enumerable.Repeat(character, times));
}

public sealed class RegistrationEmbedded(SharedDeployments shared) : Registration(shared.EmbeddedAsync);

public sealed class RegistrationCluster(SharedDeployments shared) : Registration(shared.ClusterAsync);
