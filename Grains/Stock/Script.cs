namespace SecKill.Grains.Stock;

/// <summary>The Lua scripts, one per file of the folder Lua.</summary>
internal enum Script
{
    Claim,
    Read,
    Peek,
    Acknowledge,
    Close,
    Restore,
    Open,
    List,
    Add,
    Verify,
    Audit,
    Watch,
    Logout,
}
