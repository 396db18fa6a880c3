namespace SecKill.Tests.Integration.Contract;

public abstract class Sessions(Func<Task<Deployment>> deploymentAsync) : ContractTests(deploymentAsync)
{
    [Theory]
    [InlineData("customer")]
    [InlineData("saler")]
    public async Task Logging_in_tells_the_kind_and_gives_a_token_that_works_at_every_gateway(string kind)
    {
        var name = await RegisteredAsync(kind);

        var answer = await Other.LogInAsync(name, Password);

        Assert.True(answer is { Status: 200, ErrMsg: "" }, $"{answer}");
        Assert.Equal(kind, Expect.WithFields(answer, "kind", "errMsg").Kind);
        Assert.Equal(3, answer.Token!.Split('.').Length);
        Assert.DoesNotContain(" ", answer.Token, StringComparison.Ordinal);
        foreach (var gateway in Gateways)
            Expect.Empty(await gateway.ListAsync(answer.Token, name));
    }

    [Fact]
    public async Task A_token_carries_name_and_kind_for_an_hour_and_nothing_of_the_password()
    {
        var name = await RegisteredAsync("customer");

        var payload = Tokens.Payload((await Api.LogInAsync(name, Password)).Token!);

        Assert.Equal(name, (string?)payload["username"]);
        Assert.Equal("customer", (string?)payload["kind"]);
        Assert.InRange((long)payload["exp"]! - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 3_500, 3_600);
        Assert.Subset(
            new HashSet<string>(["username", "kind", "jti", "iat", "nbf", "exp", "iss", "aud", "sub"]),
            payload.Select(claim => claim.Key).ToHashSet());
        Assert.DoesNotContain(Password, payload.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_unknown_user_is_told_so() => Refused(await Api.LogInAsync(Names.Fresh("nobody"), Password), "No such queryUser.");

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData("Correct Horse")]
    [InlineData("correct horse ")]
    [InlineData("correct horse\0")]
    [InlineData("correct horse\0\0\0")]
    public async Task A_wrong_password_is_told_so_even_after_a_right_one(string wrong)
    {
        var name = await RegisteredAsync("customer");
        Assert.Equal(200, (await Api.LogInAsync(name, Password)).Status);

        Refused(await Api.LogInAsync(name, wrong), "Password mismatched.");

        Assert.Equal(200, (await Api.LogInAsync(name, Password)).Status);
    }

    [Theory]
    [InlineData("пароль 密码 🔑")]
    [InlineData("\"quoted\\ {0} %s\"")]
    [InlineData(" ")]
    public async Task Any_characters_make_a_password(string password)
    {
        var name = Names.Fresh("password");
        Expect.Created(await Api.RegisterAsync(name, password, "customer"));

        Assert.Equal(200, (await Other.LogInAsync(name, password)).Status);
        Refused(await Other.LogInAsync(name, password + "x"), "Password mismatched.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_body_that_is_no_json_object_is_refused(string body) =>
        Expect.WithFields(Expect.Refused(await Api.PostTextAsync(ApiClient.Auth, body), 400), "kind", "errMsg");

    [Fact]
    public async Task After_logging_out_the_token_is_refused_by_every_gateway()
    {
        var name = await RegisteredAsync("customer");
        var token = (await Api.LogInAsync(name, Password)).Token;
        var another = (await Api.LogInAsync(name, Password)).Token;

        Expect.Is(await Api.LogOutAsync(token), 200, "log out.");

        foreach (var gateway in Gateways)
        {
            Expect.Refused(await gateway.ListAsync(token, name), 401);
            Expect.Refused(await gateway.ClaimAsync(token, "anybody", "anything"), 401);
            Expect.Empty(await gateway.ListAsync(another, name));
        }
    }

    [Fact]
    public async Task A_log_out_at_one_gateway_refuses_the_token_at_the_others_at_once()
    {
        for (var round = 0; round < 25; round++)
        {
            var customer = NewCustomer();
            var (here, there) = (Gateways[round % Gateways.Count], Gateways[(round + 1) % Gateways.Count]);
            Expect.Empty(await there.ListAsync(customer.Token, customer.Name));
            Expect.Is(await here.LogOutAsync(customer.Token), 200, "log out.");
            Expect.Refused(await there.ListAsync(customer.Token, customer.Name), 401);
            Expect.Refused(await here.ListAsync(customer.Token, customer.Name), 401);
        }
    }

    [Theory]
    [InlineData("Bearer ")]
    [InlineData(" bearer ")]
    public async Task Logging_out_understands_every_form_of_the_token(string prefix)
    {
        var customer = NewCustomer();

        Expect.Is(await Api.LogOutAsync(prefix + customer.Token), 200, "log out.");

        Expect.Refused(await Api.ListAsync(customer.Token, customer.Name), 401);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("a.b.c")]
    public async Task Logging_out_succeeds_without_a_token_too(string? token) =>
        Expect.Is(await Api.LogOutAsync(token), 200, "log out.");

    [Fact]
    public async Task Logging_out_with_a_token_that_has_expired_succeeds_too() =>
        Expect.Is(await Api.LogOutAsync(Tokens.Forge("expired", Names.Fresh("customer"), Tokens.Customer)), 200, "log out.");

    [Fact]
    public async Task Logging_out_twice_succeeds_and_a_new_login_works()
    {
        var name = await RegisteredAsync("customer");
        var token = (await Api.LogInAsync(name, Password)).Token;

        Expect.Is(await Api.LogOutAsync(token), 200, "log out.");
        Expect.Is(await Other.LogOutAsync(token), 200, "log out.");

        var fresh = (await Api.LogInAsync(name, Password)).Token;
        Expect.Empty(await Api.ListAsync(fresh, name));
        Expect.Refused(await Api.ListAsync(token, name), 401);
    }

    private static void Refused(Answer answer, string errMsg)
    {
        Assert.True(answer is { Status: 401, Kind: "", Token: null } && answer.ErrMsg == errMsg, $"expected 401 '{errMsg}': {answer}");
        Expect.WithFields(answer, "kind", "errMsg");
    }

    private async Task<string> RegisteredAsync(string kind)
    {
        var name = Names.Fresh("user");
        Expect.Created(await Api.RegisterAsync(name, Password, kind));
        return name;
    }
}

public sealed class SessionsEmbedded(SharedDeployments shared) : Sessions(shared.EmbeddedAsync);

public sealed class SessionsCluster(SharedDeployments shared) : Sessions(shared.ClusterAsync);
